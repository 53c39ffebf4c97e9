"""Invitations, devices and their generations, and the secrets of the agent channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mdm_gateway.domain.credentials import code_hash, new_device_token, new_enrolment_code, token_hash
from mdm_gateway.domain.devices import DeviceStatus, Presented, Seating, enrolled_again, first_enrolment, release
from mdm_gateway.domain.invitations import Invitation, InvitationStatus, accept, invite, require_match, used
from mdm_gateway.domain.refusals import (
    DeviceNotEnrolled,
    EnrolmentCodeExpired,
    EnrolmentCodeUsed,
    EnrolmentMismatch,
)
from mdm_gateway.testing import CONTRACT, DEVICE, NOW, a_device

TABLET = Presented(os="android", os_version="16", model="Tab A9", serial="R52W1234567")
SEAT = Seating(used=1, seats=3, invitation_id="enr_1")


def an_invitation(**over: object) -> Invitation:
    invitation = Invitation(
        id="enr_1",
        contract_id=CONTRACT,
        partner=None,
        os="android",
        label=None,
        device_id=None,
        invited_by="op-sato",
        invited_at=NOW,
        expires_at=NOW + timedelta(hours=72),
        used_at=None,
        used_by_device_id=None,
        version=0,
    )
    return replace(invitation, **over)  # type: ignore[arg-type]


def test_an_invitation_is_a_fact_without_its_code() -> None:
    after, facts = invite(an_invitation())
    assert after.version == 1
    assert [(fact.invitation_id, fact.os) for fact in facts] == [("enr_1", "android")]


@pytest.mark.rule("R-MDM-PLAN")
def test_a_code_enrols_once() -> None:
    spent = used(an_invitation(), device_id=DEVICE, now=NOW)
    assert spent.status(NOW) is InvitationStatus.USED
    with pytest.raises(EnrolmentCodeUsed):
        accept(spent, now=NOW)


def test_a_code_ends_with_its_time() -> None:
    late = an_invitation().expires_at
    assert an_invitation().status(late) is InvitationStatus.EXPIRED
    with pytest.raises(EnrolmentCodeExpired):
        accept(an_invitation(), now=late)
    accept(an_invitation(), now=late - timedelta(seconds=1))


def test_a_code_is_for_the_system_and_the_device_that_were_invited() -> None:
    with pytest.raises(EnrolmentMismatch):
        require_match(an_invitation(), os="windows", device_id=None)
    for other in (None, "dev_other"):
        with pytest.raises(EnrolmentMismatch):
            require_match(an_invitation(device_id=DEVICE), os="android", device_id=other)
    require_match(an_invitation(device_id=DEVICE), os="android", device_id=DEVICE)


def test_each_enrolment_is_a_generation_of_its_own() -> None:
    first, facts = first_enrolment(DEVICE, TABLET, invitation=an_invitation(label="受付"), seating=SEAT, now=NOW)
    later = NOW + timedelta(days=1)
    second, more = enrolled_again(first, replace(TABLET, os_version="17"), label=None, seating=SEAT, now=later)
    assert [fact.model_dump()["enrolment_generation"] for fact in (*facts, *more)] == [1, 2]
    assert (second.label, second.os_version, second.enrolled_at) == ("受付", "17", NOW)


def test_a_released_device_takes_a_new_place_in_the_order_of_enrolment() -> None:
    gone, _ = release(a_device(), reason="released_by_operator", seats_used=0, by="op-sato", now=NOW)
    later = NOW + timedelta(days=1)
    back, _ = enrolled_again(gone, TABLET, label=None, seating=SEAT, now=later)
    assert (back.status, back.enrolled_at, back.released_at) == (DeviceStatus.ENROLLED, later, None)


def test_a_device_is_released_once() -> None:
    gone, facts = release(a_device(), reason="released_by_operator", seats_used=2, by="op-sato", now=NOW)
    assert (gone.status, len(facts), gone.version) == (DeviceStatus.RELEASED, 1, 2)
    with pytest.raises(DeviceNotEnrolled):
        release(gone, reason="released_by_operator", seats_used=2, by="op-sato", now=NOW)


def test_a_code_can_be_typed_in_any_case_and_grouping() -> None:
    code = new_enrolment_code()
    assert code_hash(code) == code_hash(code.lower().replace("-", " ")) == code_hash(code.replace("-", ""))
    assert code_hash(code) != code_hash(new_enrolment_code())


def test_secrets_are_kept_as_hashes_that_do_not_contain_them() -> None:
    token = new_device_token()
    assert token.encode() not in token_hash(token)
    assert len({new_device_token() for _ in range(100)}) == 100
    assert len(token_hash(token)) == 32
