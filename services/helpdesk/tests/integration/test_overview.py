"""One call, one screen: what other services told, seen with the contract."""

from __future__ import annotations

from typing import Any

import httpx

from common.events import dispatch, loaner, mdm_gateway
from common.events.contracts import SubscriberDirectoryChanged
from common.testing import RunningService
from helpdesk.testing import (
    API,
    CONTRACT,
    SUBSCRIBER,
    a_booked_visit,
    a_loan,
    a_visit,
    accepted,
    an_enrolled_tablet,
    closed_plan,
    entitlements,
    extra,
    get,
    jst,
    not_isolated,
    since_begin,
    standard,
    tell,
    told,
)


async def overview(client: httpx.AsyncClient) -> dict[str, Any]:
    return await get(client, f"/contracts/{CONTRACT}/overview")


async def test_the_overview_shows_everything_on_one_screen(suite: RunningService, operator: httpx.AsyncClient) -> None:
    directory = SubscriberDirectoryChanged(
        actor="system:contracts",
        subscriber_id=SUBSCRIBER,
        name="株式会社見本",
        name_kana="カブシキガイシャミホン",
        phones=("+81312345678",),
        contract_ids=(CONTRACT,),
    )
    await told(suite, directory, SUBSCRIBER, 1)
    found = await not_isolated(operator)
    suite.clock.move_to(jst(6, 1, 11))
    await told(suite, a_booked_visit(found), "vis_a", 1)
    await told(suite, a_loan(loaner.LoanReserved, found, unit_id="unit_a"), "loan_a", 2)
    enrolled = an_enrolled_tablet()
    await told(suite, enrolled, "dev_a", 1)
    shown = await overview(operator)
    assert (shown["status"], shown["plan_code"]) == ("active", "light-anshin-1")
    assert shown["hours"] == {
        "open_now": True,
        "next_open_at": "2026-06-01T11:00:00+09:00",
        "closes_at": "2026-06-01T18:00:00+09:00",
        "hours_extension": False,
    }
    assert shown["quota"] == {
        "fee_month": "2026-06",
        "allowed": 5,
        "used": 1,
        "remaining": 4,
        "plan_units": 5,
        "extra_units": 0,
    }
    assert [inquiry["id"] for inquiry in shown["open_inquiries"]] == [found]
    assert shown["visit_right"] == {"fee_month": "2026-06", "allowed": 1, "held": 1, "used": 0, "free": 0}
    assert [(each["id"], each["status"]) for each in shown["visits"]] == [("vis_a", "booked")]
    assert [(each["id"], each["kind"], each["status"]) for each in shown["loans"]] == [
        ("loan_a", "soho_router", "reserved")
    ]
    assert [(each["id"], each["os"], each["lost_report_id"]) for each in shown["devices"]] == [
        ("dev_a", "android", None)
    ]
    assert shown["caller"] == {"id": SUBSCRIBER, "name": "株式会社見本", "phones": ["+81312345678"]}
    assert shown["known_up_to"] == "2026-06-01T11:00:00+09:00"


async def test_the_overview_says_when_it_opens_next(suite: RunningService, operator: httpx.AsyncClient) -> None:
    suite.clock.move_to(jst(6, 7))
    hours = (await overview(operator))["hours"]
    assert (hours["open_now"], hours["closes_at"]) == (False, None)
    assert hours["next_open_at"] == "2026-06-08T09:00:00+09:00"
    await tell(suite, entitlements(version=2, hours_extension_periods=(since_begin(),)))
    assert (await overview(operator))["hours"]["open_now"] is True


async def test_the_overview_guesses_nothing_that_was_not_recorded(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(closed_plan(), version=2))
    shown = await overview(operator)
    assert shown["quota"] is None
    assert shown["hours"]["open_now"] is None
    assert shown["visit_right"]["allowed"] == 0


async def test_the_overview_counts_extra_units_apart(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(standard(), version=2, extra_inquiries=(extra(),)))
    quota = (await overview(operator))["quota"]
    assert (quota["allowed"], quota["plan_units"], quota["extra_units"]) == (40, 20, 20)


async def test_an_unknown_contract_has_no_overview_yet(suite: RunningService, operator: httpx.AsyncClient) -> None:
    response = await operator.get(f"{API}/contracts/ctr_none/overview")
    assert (response.status_code, response.json()["code"]) == (404, "contract_unknown")
    assert response.headers["Retry-After"] == "1"


async def test_the_visit_right_follows_the_visit(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await not_isolated(operator)
    await told(suite, a_booked_visit(found), "vis_a", 1)
    moved = a_visit(
        dispatch.VisitRebooked,
        found,
        technician_id="tec_a",
        start=jst(7, 2),
        end=jst(7, 2, 12),
        previous_start=jst(6, 2),
        right_fee_month="2026-07",
    )
    await told(suite, moved, "vis_a", 2)
    assert (await overview(operator))["visit_right"]["free"] == 1
    suite.clock.move_to(jst(7, 1))
    assert (await overview(operator))["visit_right"]["held"] == 1
    await told(suite, a_visit(dispatch.VisitHeld, found, right_fee_month="2026-07", reasons=("moved",)), "vis_a", 3)
    assert [each["status"] for each in (await overview(operator))["visits"]] == ["booked"]
    cancelled = a_visit(dispatch.VisitCancelled, found, right="returned", right_fee_month="2026-07", reason="rain")
    await told(suite, cancelled, "vis_a", 4)
    shown = await overview(operator)
    assert (shown["visit_right"]["free"], shown["visits"]) == (1, [])


async def test_a_loan_is_shown_until_it_is_over(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = str((await accepted(operator))["id"])
    steps: list[tuple[loaner.LoanData, str | None]] = [
        (a_loan(loaner.LoanRequested, found, days=14), None),
        (a_loan(loaner.LoanWaitlisted, found, position=1), "waitlisted"),
        (a_loan(loaner.LoanReserved, found, unit_id="unit_a"), "reserved"),
        (
            a_loan(loaner.LoanIssued, found, unit_id="unit_a", carrier="y", tracking_number="1", shipped_at=jst(6, 2)),
            "shipped",
        ),
        (a_loan(loaner.LoanDelivered, found, delivered_at=jst(6, 3), due_at=jst(6, 18, 0)), "delivered"),
        (a_loan(loaner.LoanHeld, found, held=True, reason="verdict superseded"), "delivered"),
        (a_loan(loaner.LoanReleased, found), "delivered"),
        (a_loan(loaner.LoanOverdue, found, due_at=jst(6, 18, 0)), "overdue"),
        (
            a_loan(
                loaner.LoanReturned,
                found,
                unit_id="unit_a",
                handed_over_at=jst(6, 19),
                received_at=jst(6, 20),
                days_late=1,
            ),
            None,
        ),
    ]
    for sequence, (step, status) in enumerate(steps, start=1):
        await told(suite, step, "loan_a", sequence)
        shown = [each["status"] for each in (await overview(operator))["loans"]]
        assert shown == ([] if status is None else [status]), type(step).__name__
    story = (await get(operator, f"/inquiries/{found}/timeline"))["items"]
    from_loaner = [line["type"] for line in story if line["source"] == "loaner"]
    assert from_loaner == [type(step).__name__ for step, _ in steps]


async def test_a_lost_device_is_marked_until_it_is_enrolled_anew(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    lost = mdm_gateway.LostDeviceReported(
        actor="op-sato", lost_report_id="lost_a", device_id="dev_a", contract_id=CONTRACT, lock_command_id="cmd_a"
    )
    enrolled = an_enrolled_tablet()
    reported = mdm_gateway.DeviceStateReported(
        actor="op-sato", device_id="dev_a", contract_id=CONTRACT, reported_at=jst(6, 1, 12), state={}
    )
    await told(suite, enrolled, "dev_a", 1)
    await told(suite, lost, "lost_a", 1)
    await told(suite, reported, "dev_a", 2)
    (device,) = (await overview(operator))["devices"]
    assert (device["lost_report_id"], device["model"]) == ("lost_a", "Tab A9")
    assert device["reported_at"] == "2026-06-01T12:00:00+09:00"
    await told(suite, enrolled, "dev_a", 3)
    (device,) = (await overview(operator))["devices"]
    assert device["lost_report_id"] is None
    gone = mdm_gateway.DeviceUnenrolled(actor="op-sato", device_id="dev_a", contract_id=CONTRACT, reason="sold")
    await told(suite, gone, "dev_a", 4)
    assert (await overview(operator))["devices"] == []
