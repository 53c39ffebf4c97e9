"""Decision trees of triage: questions with choices, each way ending in a verdict or a next step.

A tree is data under a code; editing it makes a new version, and whoever is on their way through an older one goes on
there. `problems` says what keeps a tree from being used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any

from helpdesk.domain.verdicts import FailedDevice, Finding, finding_problems


class NextStep(StrEnum):
    """What an outcome leads to."""

    REMOTE_SESSION = "remote_session"
    ONSITE_REQUEST = "onsite_request"
    REFERRAL = "referral"
    MAKER_SUPPORT = "maker_support"
    SETUP_VISIT = "setup_visit"
    RESOLUTION = "resolution"


@dataclass(frozen=True, kw_only=True)
class Words:
    """The same in Japanese and English."""

    ja: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An answer that may be given, and the question or outcome it leads to."""

    code: str
    text: Words
    to: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What to ask, and what helps the operator to ask it."""

    code: str
    text: Words
    guidance: Words
    choices: tuple[Choice, ...]

    def choice(self, code: str) -> Choice | None:
        """The choice of this code."""
        return next((choice for choice in self.choices if choice.code == code), None)


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """The verdict that the answers speak for; an operator gives it."""

    result: str
    cause: str | None
    failed_device_kind: str | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Where a way through the tree ends: what is suspected, the verdict it speaks for, the next step."""

    code: str
    advice: Words
    suspected: str | None
    verdict: Suggestion | None
    next_step: str | None


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A decision tree; names of questions and outcomes are one space."""

    code: str
    title: Words
    start: str
    questions: Mapping[str, Question]
    outcomes: Mapping[str, Outcome]

    def at(self, name: str) -> Question | Outcome:
        """The question or outcome of this name; raises `KeyError`."""
        return self.questions[name] if name in self.questions else self.outcomes[name]


def tree_of(code: str, body: Mapping[str, Any]) -> Tree:
    """A tree from its written form; what it lacks is found by `problems`."""
    return Tree(
        code=code,
        title=_words(body["title"]),
        start=body["start"],
        questions={name: _question(name, each) for name, each in body["questions"].items()},
        outcomes={name: _outcome(name, each) for name, each in body["outcomes"].items()},
    )


def problems(tree: Tree, *, failed_kinds: Collection[str]) -> list[str]:
    """Everything that keeps the tree from being used; empty when each of its ways ends in a verdict or a next step."""
    return [
        *_wordless(tree),
        *_misled(tree),
        *(f"{name}: named twice" for name in sorted(set(tree.questions) & set(tree.outcomes))),
        *(f"{name}: never reached" for name in sorted({*tree.questions, *tree.outcomes} - _reached(tree))),
        *_circles(tree),
        *(problem for outcome in tree.outcomes.values() for problem in _endings(outcome, failed_kinds)),
    ]


def ways(tree: Tree) -> Iterator[tuple[tuple[tuple[str, str], ...], Outcome]]:
    """Every way through a sound tree: questions with choices, and where they end."""
    open_ways: list[tuple[tuple[tuple[str, str], ...], str]] = [((), tree.start)]
    while open_ways:
        gone, name = open_ways.pop()
        here = tree.at(name)
        if isinstance(here, Outcome):
            yield gone, here
        else:
            open_ways.extend(((*gone, (name, choice.code)), choice.to) for choice in here.choices)


def _words(body: Mapping[str, str]) -> Words:
    return Words(ja=body["ja"], en=body["en"])


def _question(name: str, body: Mapping[str, Any]) -> Question:
    choices = tuple(Choice(code=each["code"], text=_words(each["text"]), to=each["to"]) for each in body["choices"])
    return Question(code=name, text=_words(body["text"]), guidance=_words(body["guidance"]), choices=choices)


def _outcome(name: str, body: Mapping[str, Any]) -> Outcome:
    verdict = body["verdict"]
    return Outcome(
        code=name,
        advice=_words(body["advice"]),
        suspected=body["suspected"],
        verdict=Suggestion(**verdict) if verdict is not None else None,
        next_step=body["next_step"],
    )


def _wordless(tree: Tree) -> list[str]:
    said: list[tuple[str, Words]] = [(tree.code, tree.title)]
    for name, question in tree.questions.items():
        said += [(name, question.text), (name, question.guidance)]
        said += [(f"{name}/{choice.code}", choice.text) for choice in question.choices]
    said += [(name, outcome.advice) for name, outcome in tree.outcomes.items()]
    return [
        f"{place}: no {language} words"
        for place, words in said
        for language, text in (("ja", words.ja), ("en", words.en))
        if not text.strip()
    ]


def _misled(tree: Tree) -> list[str]:
    known = {*tree.questions, *tree.outcomes}
    found = [] if tree.start in known else [f"start: leads to {tree.start}, which does not exist"]
    for name, question in tree.questions.items():
        codes = [choice.code for choice in question.choices]
        if not codes:
            found.append(f"{name}: no choices")
        found += [f"{name}/{code}: offered twice" for code in sorted({code for code in codes if codes.count(code) > 1})]
        found += [
            f"{name}/{choice.code}: leads to {choice.to}, which does not exist"
            for choice in question.choices
            if choice.to not in known
        ]
    return found


def _reached(tree: Tree) -> set[str]:
    seen: set[str] = set()
    open_names = [tree.start]
    while open_names:
        name = open_names.pop()
        if name not in seen:
            seen.add(name)
            open_names += [choice.to for choice in tree.questions[name].choices] if name in tree.questions else []
    return seen


def _circles(tree: Tree) -> list[str]:
    graph = {name: {choice.to for choice in question.choices} for name, question in tree.questions.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        return [f"{' → '.join(reversed(circle.args[1]))}: never ends"]
    return []


def _endings(outcome: Outcome, failed_kinds: Collection[str]) -> list[str]:
    found = []
    verdict, step = outcome.verdict, outcome.next_step
    if verdict is None and step is None:
        found.append("neither a verdict nor a next step")
    if step is not None and step not in set(NextStep):
        found.append(f"next step {step} is not known")
    if verdict is not None:
        kind = verdict.failed_device_kind
        device = FailedDevice(kind=kind) if kind is not None else None
        finding = Finding(result=verdict.result, cause=verdict.cause, failed_device=device, evidence="")
        found += finding_problems(finding, failed_kinds)
    return [f"{outcome.code}: {problem}" for problem in found]
