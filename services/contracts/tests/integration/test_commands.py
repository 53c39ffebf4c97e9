"""Every command on a contract: stale versions, repeated keys, bad input; nothing half done."""

from __future__ import annotations

import pytest

from contracts.testing import ADDRESS, Body, Desk

NAGOYA = {
    "postal_code": "460-0001", "prefecture": "愛知県", "city": "名古屋市中区", "street": "三の丸1-1",
}  # fmt: skip
LINE = {"kind": "flets_hikari_cross", "number": "CAF9876543210"}
CONSENT = {
    "document": "service_terms",
    "version": "2024-04",
    "accepted_by": "後任花子",
    "accepted_at": "2026-06-01T09:30:00+09:00",
    "channel": "paper",
}


async def acts(desk: Desk, contract_id: str) -> list[str]:
    page = await desk.get(f"/contracts/{contract_id}/history?limit=100")
    return [entry["act"] for entry in page["items"]]


COMMANDS: dict[str, tuple[str, Body]] = {
    "correction": ("/corrections", {"faults": [{"field": "line"}]}),
    "completion": ("/completion", {}),
    "line change": ("/line-changes", {"change": "relocation", "line": LINE}),
    "line cancellation": ("/line-cancellation", {"reason": "x"}),
    "address change": ("/address-changes", {"contract_address": NAGOYA, "effective_on": "2026-06-15"}),
    "succession": ("/succession", {"subscriber_id": "SUCCESSOR", "consents": [CONSENT]}),
    "option": ("/options", {"option_code": "light-hours-extension", "start_on": "2026-06-01"}),
    "plan change": ("/plan-changes", {"plan_code": "light-anshin-2"}),
    "consent": ("/consents", CONSENT),
    "site": ("/sites", {"label": "home"}),
    "suspension": ("/suspensions", {"reason": "x"}),
    "termination": ("/termination", {"reason": "x"}),
}


async def command(desk: Desk, name: str) -> tuple[str, Body]:
    path, body = COMMANDS[name]
    if body.get("subscriber_id") == "SUCCESSOR":
        body = {**body, "subscriber_id": (await desk.subscriber())["id"]}
    return path, body


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_on_a_version_that_is_no_longer_changes_nothing(desk: Desk, name: str) -> None:
    contract = await desk.active()
    path, body = await command(desk, name)
    stale = {"If-Match": f'"{contract["version"] - 1}"'}
    problem = await desk.refused(f"/contracts/{contract['id']}{path}", body, status=412, headers=stale)
    assert problem["code"] == "stale_version"
    assert await desk.get(f"/contracts/{contract['id']}") == contract


@pytest.mark.parametrize("name", ["line change", "line cancellation", "address change", "succession"])
async def test_a_command_sent_twice_with_one_key_is_done_once(desk: Desk, name: str) -> None:
    contract = await desk.active()
    path, body = await command(desk, name)
    key = {"Idempotency-Key": "once"}
    first = await desk.call("POST", f"/contracts/{contract['id']}{path}", body, headers=key)
    told = len(await desk.suite.published())
    second = await desk.call("POST", f"/contracts/{contract['id']}{path}", body, headers=key)
    assert first.is_success
    assert (second.content, second.headers["idempotent-replayed"]) == (first.content, "true")
    assert len(await desk.suite.published()) == told


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/corrections", {"faults": [{"field": "line"}]}, 409, "wrong_state"),
        ("/completion", {"start_on": "2026-07-01"}, 409, "wrong_state"),
        ("/line-changes", {"change": "whim", "line": LINE}, 409, "line_change_unknown"),
        ("/line-changes", {"change": "relocation"}, 409, "line_not_identified"),
        ("/line-changes", {"change": "relocation", "line": {"kind": "flets_hikari_light", "number": "1"}}, 409,
         "line_not_eligible"),
        ("/line-changes", {"change": "relocation", "line": {"kind": "b_flets", "number": "1"}}, 409,
         "line_review_needed"),
        ("/line-changes", {"line": LINE}, 422, "validation_failed"),
        ("/line-cancellation", {}, 422, "validation_failed"),
        ("/address-changes", {"contract_address": NAGOYA, "effective_on": "2026-05-31"}, 409,
         "address_day_not_possible"),
        ("/address-changes", {"contract_address": dict(ADDRESS), "effective_on": "2026-06-15"}, 409,
         "address_unchanged"),
        ("/address-changes", {"contract_address": {**NAGOYA, "prefecture": "江戸"}, "effective_on": "2026-06-15"}, 422,
         "prefecture_unknown"),
        ("/address-changes", {"contract_address": NAGOYA, "effective_on": "soon"}, 422, "validation_failed"),
        ("/succession", {"subscriber_id": "sub_0", "consents": [{**CONSENT, "document": "x"}]}, 404,
         "subscriber_unknown"),
    ],
)  # fmt: skip
async def test_refuses_by_name_and_leaves_nothing_half_done(
    desk: Desk, path: str, body: Body, status: int, code: str
) -> None:
    contract = await desk.active()
    before = await acts(desk, contract["id"])
    problem = await desk.refused(f"/contracts/{contract['id']}{path}", body, status=status)
    assert problem["code"] == code
    assert await desk.get(f"/contracts/{contract['id']}") == contract
    assert await acts(desk, contract["id"]) == before
