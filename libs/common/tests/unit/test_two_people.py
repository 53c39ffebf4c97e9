"""Another person decides, whatever the logins are called."""

from __future__ import annotations

import pytest

from common.two_people import PersonUnknown, SelfApproval, Signatory, require_person, require_second_person

RULE = "R-MDM-WIPE-TWO"


def login(subject: str, person: str | None) -> Signatory:
    return Signatory(subject=subject, person=person)


def test_two_people_are_two_people() -> None:
    require_second_person(login("sv-mori", "E-1"), login("sv-hara", "E-2"), rule_id=RULE)


def test_refuses_the_same_login() -> None:
    with pytest.raises(SelfApproval) as refused:
        require_second_person(login("sv-mori", "E-1"), login("sv-mori", "E-1"), rule_id=RULE, command_id="cmd_1")
    assert refused.value.rule_ids == (RULE,)
    assert refused.value.why == {"requested_by": "sv-mori", "command_id": "cmd_1"}


def test_refuses_two_logins_of_one_person() -> None:
    with pytest.raises(SelfApproval):
        require_second_person(login("sv-mori", "E-1"), login("sv-mori-mobile", "E-1"), rule_id=RULE)


def test_refuses_one_login_that_now_names_another_person() -> None:
    with pytest.raises(SelfApproval):
        require_second_person(login("sv-mori", "E-1"), login("sv-mori", "E-2"), rule_id=RULE)


@pytest.mark.parametrize(("first", "second"), [(None, "E-2"), ("E-1", None), (None, None)])
def test_refuses_when_a_person_is_not_named(first: str | None, second: str | None) -> None:
    with pytest.raises(PersonUnknown) as refused:
        require_second_person(login("sv-mori", first), login("sv-hara", second), rule_id=RULE)
    assert refused.value.rule_ids == (RULE,)


def test_who_asks_has_to_be_named_at_once() -> None:
    assert require_person(login("sv-mori", "E-1"), rule_id=RULE) == "E-1"
    with pytest.raises(PersonUnknown):
        require_person(login("sv-mori", None), rule_id=RULE)
