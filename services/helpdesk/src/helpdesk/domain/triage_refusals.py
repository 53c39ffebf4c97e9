"""What decision trees and the ways through them say no to, by name."""

from __future__ import annotations

from common.errors import DomainError, NotFound


class TriageTreeUnknown(NotFound):
    """There is no such decision tree, or no such version of it."""

    code = "triage_tree_unknown"
    en = "There is no such decision tree or version."
    ja = "該当する問診ツリーまたは版がありません。"


class TriageRunUnknown(NotFound):
    """There is no such run through a tree on this inquiry."""

    code = "triage_run_unknown"
    en = "There is no such triage on this inquiry."
    ja = "この問い合わせに該当する問診はありません。"


class TriageTreeUnsound(DomainError):
    """A tree of which some way leads nowhere, or words are missing; `problems` names each."""

    code = "triage_tree_unsound"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "Not every way through this tree ends in a verdict or a next step, or words are missing."
    ja = "切り分け結果または次の手順に至らない経路、または未記入の文言があります。"


class TriageRunOpen(DomainError):
    """One tree at a time is gone through on an inquiry; leave the other first."""

    code = "triage_run_open"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "Another tree is being gone through on this inquiry."
    ja = "この問い合わせでは別の問診が進行中です。"


class QuestionNotAsked(DomainError):
    """Only the present question and those already answered can be answered."""

    code = "question_not_asked"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "This question is not the present one, nor was it answered before."
    ja = "現在の質問でも回答済みの質問でもありません。"


class ChoiceUnknown(DomainError):
    """The question does not offer this choice."""

    code = "choice_unknown"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "The question does not offer this choice."
    ja = "この質問にない選択肢です。"
