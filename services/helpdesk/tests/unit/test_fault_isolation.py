"""Remote sessions, verdicts, and asking for a visit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.entitlements import standing
from common.errors import DomainError, WrongState
from common.events.contracts import EntitlementsChanged
from helpdesk.domain import onsite, remote, verdicts
from helpdesk.domain.inquiry import Inquiry, InquiryKind, InquiryStatus, Site
from helpdesk.domain.onsite import OnsiteFacts
from helpdesk.domain.remote import Gate, RemoteSession, StoppedBy
from helpdesk.domain.verdicts import (
    OTHER_FAILED_KINDS,
    FailedDevice,
    Finding,
    Origin,
    RemoteWork,
    Result,
    Verdict,
)
from helpdesk.testing import MONDAY_10, a_verdict, an_inquiry, closed_plan, entitlements, tool_matrix

ACTOR = "op-sato"
KINDS = OTHER_FAILED_KINDS | {"soho_router", "windows_pc", "android_tablet", "hub", "fax_phone"}
TRIAGED = RemoteWork(triage_ids=("tri_a",))


def codes(error: DomainError) -> list[str]:
    return [cause.code for cause in error.reasons]


def session(os: str = "windows", terminal: str = "pc") -> RemoteSession:
    return RemoteSession(
        id="rms_a",
        inquiry_id="inq_a",
        contract_id="ctr_a",
        partner=None,
        os=os,
        terminal=terminal,
        consent_given_by="見本 花子",
        recording=False,
        started_at=MONDAY_10,
        started_by=ACTOR,
    )


def gate(*, missing: tuple[str, ...] = (), spoken: bool = True, running: bool = False) -> Gate:
    return Gate(
        documents_missing=missing,
        spoken=spoken,
        matrix=tool_matrix(),
        session_running=running,
        known_up_to=MONDAY_10,
    )


@pytest.mark.rule("R-TOOL-OS")
@pytest.mark.parametrize(
    ("os", "terminal"),
    [
        ("windows", "pc"),
        ("mac", "pc"),
        ("android", "smartphone"),
        ("android", "tablet"),
        ("ios", "smartphone"),
        ("ipados", "tablet"),
    ],
)
def test_the_remote_tool_runs_on_supported_systems_mac_included(os: str, terminal: str) -> None:
    step = remote.start(an_inquiry(), session(os, terminal), gate(), actor=ACTOR)
    assert [type(fact).__name__ for fact in step.events] == ["InquiryStarted", "RemoteSessionStarted"]


@pytest.mark.rule("R-TOOL-OS")
@pytest.mark.parametrize(("os", "terminal"), [("linux", "pc"), ("windows", "smartphone"), ("ios", "pc"), ("", "")])
def test_refuses_a_remote_session_where_the_tool_does_not_run(os: str, terminal: str) -> None:
    with pytest.raises(DomainError) as caught:
        remote.start(an_inquiry(), session(os, terminal), gate(), actor=ACTOR)
    assert codes(caught.value) == ["os_not_supported"]
    assert caught.value.why["supported"]["windows"] == ["pc", "tablet"]


@pytest.mark.rule("R-CONSENT")
def test_refuses_a_remote_session_without_documents_or_spoken_consent_and_names_them_all() -> None:
    with pytest.raises(DomainError) as caught:
        remote.start(
            an_inquiry(), session("linux"), gate(missing=("remote_support_licence",), spoken=False), actor=ACTOR
        )
    assert codes(caught.value) == ["consent_missing", "os_not_supported"]
    assert caught.value.why["missing"] == ["remote_support_licence", "spoken_consent"]


@pytest.mark.rule("R-CONSENT")
def test_refuses_a_remote_session_without_spoken_consent() -> None:
    with pytest.raises(DomainError) as caught:
        remote.start(an_inquiry(), session(), gate(spoken=False), actor=ACTOR)
    assert caught.value.why["missing"] == ["spoken_consent"]


def test_one_remote_session_at_a_time() -> None:
    with pytest.raises(DomainError) as caught:
        remote.start(an_inquiry(), session(), gate(running=True), actor=ACTOR)
    assert codes(caught.value) == ["remote_session_running"]


@pytest.mark.rule("R-CONSENT")
@pytest.mark.parametrize("status", list(InquiryStatus))
def test_the_customer_may_stop_a_session_whatever_became_of_the_inquiry(status: InquiryStatus) -> None:
    over, step = remote.end(
        an_inquiry(status=status),
        session(),
        stopped_by=StoppedBy.CUSTOMER,
        actor=ACTOR,
        now=MONDAY_10 + timedelta(minutes=7),
    )
    assert over.stopped_by is StoppedBy.CUSTOMER
    fact = step.events[0].model_dump()
    assert (fact["stopped_by"], fact["seconds"]) == ("customer", 420)
    with pytest.raises(DomainError) as caught:
        remote.end(an_inquiry(status=status), over, stopped_by=StoppedBy.OPERATOR, actor=ACTOR, now=MONDAY_10)
    assert codes(caught.value) == ["remote_session_ended"]


def finding(result: str, cause: str | None = None, failed: str | None = None) -> Finding:
    device = FailedDevice(kind=failed) if failed is not None else None
    return Finding(result=result, cause=cause, failed_device=device, evidence="seen")


@pytest.mark.parametrize(
    "found",
    [
        finding("isolated", "device_fault", "soho_router"),
        finding("isolated", "device_fault", "printer"),
        finding("isolated", "device_fault", "other"),
        finding("isolated", "line_fault"),
        finding("isolated", "no_fault_found"),
        finding("not_isolated_remotely"),
        finding("not_isolated_remotely", "no_fault_found"),
    ],
)
def test_accepts_findings_that_fit_together(found: Finding) -> None:
    verdicts.judge_remote(an_inquiry(), found, TRIAGED, failed_kinds=KINDS)


@pytest.mark.rule("R-LOAN-EVIDENCE")
@pytest.mark.parametrize(
    ("found", "problems"),
    [
        (finding("solved"), ["result_unknown"]),
        (finding("not_isolated_on_site"), ["result_only_from_a_visit"]),
        (finding("isolated"), ["cause_missing"]),
        (finding("isolated", "ghosts"), ["cause_unknown"]),
        (finding("isolated", "device_fault"), ["failed_device_missing"]),
        (finding("isolated", "device_fault", "toaster"), ["failed_device_kind_unknown"]),
        (finding("isolated", "line_fault", "hub"), ["failed_device_without_device_fault"]),
        (finding("not_isolated_remotely", "line_fault"), ["cause_without_isolation"]),
    ],
)
def test_refuses_findings_that_contradict_themselves(found: Finding, problems: list[str]) -> None:
    with pytest.raises(DomainError) as caught:
        verdicts.judge_remote(an_inquiry(), found, TRIAGED, failed_kinds=KINDS)
    assert codes(caught.value) == ["verdict_inconsistent"]
    assert caught.value.why["problems"] == problems


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
def test_nobody_gives_up_remotely_without_having_tried() -> None:
    with pytest.raises(DomainError) as caught:
        verdicts.judge_remote(an_inquiry(), finding("not_isolated_remotely"), RemoteWork(), failed_kinds=KINDS)
    assert codes(caught.value) == ["isolation_evidence_missing"]


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
@pytest.mark.parametrize("work", [TRIAGED, RemoteWork(ended_session_ids=("rms_a",))])
def test_a_triage_or_an_ended_session_is_remote_work(work: RemoteWork) -> None:
    verdicts.judge_remote(an_inquiry(), finding("not_isolated_remotely"), work, failed_kinds=KINDS)


def test_fault_isolation_is_for_troubles_only() -> None:
    with pytest.raises(DomainError) as caught:
        verdicts.judge_remote(
            an_inquiry(kind=InquiryKind.HOW_TO), finding("isolated", "line_fault"), TRIAGED, failed_kinds=KINDS
        )
    assert codes(caught.value) == ["trouble_inquiry_needed"]


def test_a_verdict_names_the_one_it_supersedes() -> None:
    step = verdicts.record(an_inquiry(verdict_id="vdt_0"), a_verdict(supersedes="vdt_0"))
    assert [type(fact).__name__ for fact in step.events] == ["InquiryStarted", "FaultNotIsolated"]
    fact = step.events[-1].model_dump()
    assert (fact["verdict_id"], fact["superseded_verdict_id"]) == ("vdt_a", "vdt_0")
    assert step.inquiry.verdict_id == "vdt_a"


def a_visits(result: Result = Result.ISOLATED) -> Verdict:
    router = FailedDevice(kind="soho_router")
    return a_verdict(result=result, cause="device_fault", failed_device=router, origin=Origin.VISIT, visit_id="vis_a")


@pytest.mark.parametrize("status", list(InquiryStatus))
def test_a_visits_finding_is_recorded_whatever_became_of_the_inquiry(status: InquiryStatus) -> None:
    step = verdicts.record(an_inquiry(status=status), a_visits())
    fact = step.events[-1].model_dump()
    assert type(step.events[-1]).__name__ == "FaultIsolated"
    assert (fact["origin"], fact["visit_id"], fact["failed_device_kind"]) == ("visit", "vis_a", "soho_router")
    finished = {InquiryStatus.RESOLVED, InquiryStatus.CLOSED, InquiryStatus.VOIDED, InquiryStatus.MERGED}
    assert step.inquiry.status is (status if status in finished else InquiryStatus.IN_PROGRESS)


@pytest.mark.parametrize("status", [InquiryStatus.RESOLVED, InquiryStatus.CLOSED, InquiryStatus.VOIDED])
def test_no_remote_verdict_on_a_finished_inquiry(status: InquiryStatus) -> None:
    with pytest.raises(WrongState):
        verdicts.record(an_inquiry(status=status), a_verdict())


def ask(
    inquiry: Inquiry | None = None,
    *,
    state: EntitlementsChanged | None = None,
    verdict: Verdict | None,
    live: str | None = None,
) -> list[str]:
    facts = OnsiteFacts(
        standing=standing(state or entitlements(), MONDAY_10),
        verdict=verdict,
        live_request_id=live,
        known_up_to=MONDAY_10,
    )
    found = inquiry or an_inquiry(status=InquiryStatus.IN_PROGRESS)
    try:
        _, step = onsite.request(found, facts, request_id="osr_a", actor=ACTOR, now=MONDAY_10)
    except DomainError as error:
        return codes(error)
    return [type(fact).__name__ for fact in step.events]


def test_asks_for_a_visit_when_remote_work_could_not_locate_the_fault() -> None:
    assert ask(verdict=a_verdict()) == ["OnsiteIsolationRequested"]


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
@pytest.mark.parametrize(
    "verdict", [None, a_verdict(result=Result.ISOLATED), a_verdict(result=Result.NOT_ISOLATED_ON_SITE)]
)
def test_no_visit_without_the_evidence(verdict: Verdict | None) -> None:
    assert ask(verdict=verdict) == ["isolation_evidence_missing"]


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
def test_no_visit_for_an_inquiry_that_is_no_trouble() -> None:
    assert ask(an_inquiry(kind=InquiryKind.SETTING), verdict=a_verdict()) == ["isolation_evidence_missing"]


@pytest.mark.rule("R-ADDRESS")
def test_no_visit_to_a_telework_site() -> None:
    assert ask(an_inquiry(site=Site.TELEWORK), verdict=a_verdict()) == ["fault_response_contract_address_only"]


@pytest.mark.rule("R-ISOLATION-QUOTA")
def test_one_live_request_per_inquiry() -> None:
    assert ask(verdict=a_verdict(), live="osr_0") == ["onsite_request_already_open"]


def test_names_everything_that_stands_against_a_visit() -> None:
    state = entitlements(closed_plan(), status="suspended")
    assert ask(an_inquiry(site=Site.TELEWORK), state=state, verdict=None, live="osr_0") == [
        "isolation_evidence_missing",
        "fault_response_contract_address_only",
        "contract_not_active",
        "feature_not_in_plan",
        "onsite_request_already_open",
    ]


def test_no_visit_for_an_inquiry_that_is_finished() -> None:
    assert ask(an_inquiry(status=InquiryStatus.CLOSED), verdict=a_verdict()) == ["wrong_state"]
