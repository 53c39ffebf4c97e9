"""Direct debit over the API: accounts sealed, a file for the bank, its answer taken once, and what follows."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from common.events.contracts import ContractSuspended, InvoicePaid, PaymentFailed
from contracts.domain.zengin import RECORD
from contracts.testing import Desk, jst

COLLECT = {"collect_on": "2026-07-27"}


def an_account(**over: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "bank_code": "0005",
        "bank_name_kana": "ミツビシUFJ",
        "branch_code": "001",
        "branch_name_kana": "ホンテン",
        "kind": "1",
        "number": "7654321",
        "holder_kana": "ミホンショウテン",
        "mandate": {"signed_on": "2026-06-01", "signed_by": "見本 太郎", "channel": "paper"},
    }
    return {**body, **over}


async def put_account(desk: Desk, subscriber_id: str, **over: Any) -> Any:
    return await desk.call("PUT", f"/subscribers/{subscriber_id}/bank-account", an_account(**over))


async def owing(desk: Desk, payers: int) -> list[dict[str, Any]]:
    """So many contracts whose holders owe 2,200 yen each and have an account on file; it is 1 July."""
    contracts = [await desk.active() for _ in range(payers)]
    for contract in contracts:
        assert (await put_account(desk, contract["subscriber_id"])).status_code == 200
    desk.at(jst(2026, 7, 1))
    for contract in contracts:
        await desk.close(contract["id"], "2026-06")
    await desk.suite.sweep()
    return contracts


async def requested(desk: Desk) -> tuple[dict[str, Any], bytes]:
    batch = await desk.post("/debit-batches", COLLECT, role="supervisor")
    file = await desk.call("GET", f"/debit-batches/{batch['id']}/file", role="supervisor")
    return batch, file.content


def answering(file: bytes, codes: str) -> bytes:
    """What the bank sends back, with these results."""
    records = [bytearray(file[n : n + RECORD]) for n in range(0, len(file), RECORD)]
    sums = {True: [0, 0], False: [0, 0]}
    for record, code in zip(records[1:-2], codes, strict=True):
        record[111:112] = code.encode()
        of = sums[code == "0"]
        of[0], of[1] = of[0] + 1, of[1] + int(record[80:90])
    (paid, yen), (failed, lost) = sums[True], sums[False]
    records[-2][19:55] = f"{paid:06}{yen:012}{failed:06}{lost:012}".encode()
    return b"".join(records)


async def answered(desk: Desk, batch_id: str, content: bytes) -> Any:
    async with desk.suite.client("supervisor") as client:
        return await client.post(f"/api/contracts/v1/debit-batches/{batch_id}/results", content=content)


@pytest.mark.rule("R-DIRECT-DEBIT")
async def test_mixed_results_are_taken_once_and_the_same_file_again_changes_nothing(desk: Desk) -> None:
    await owing(desk, 4)
    batch, file = await requested(desk)
    assert (batch["debits"], batch["total"], len(file)) == (4, 8800, 7 * RECORD)
    assert {each["owing"] for each in (await desk.get("/invoices"))["items"]} == {"requested"}
    assert (await desk.refused("/debit-batches", COLLECT, role="supervisor"))["code"] == "nothing_to_collect"

    first = await answered(desk, batch["id"], answering(file, "0102"))
    assert first.status_code == 200, first.text
    done = first.json()
    assert (done["status"], done["paid"], done["paid_total"], done["failed"], done["failed_total"]) == (
        "settled", 2, 4400, 2, 4400,
    )  # fmt: skip
    before = (await desk.get("/invoices"))["items"]
    assert sorted((each["owing"], each["failures"], each["owed"]) for each in before) == [
        ("failed", 1, 2200), ("failed", 1, 2200), ("paid", 0, 0), ("paid", 0, 0),
    ]  # fmt: skip
    assert {each["paid_on"] for each in before} == {None, "2026-07-27"}
    told = len(await desk.suite.published())

    again = await answered(desk, batch["id"], answering(file, "0102"))
    assert (again.status_code, again.json()) == (200, done)
    assert (await desk.get("/invoices"))["items"] == before
    assert len(await desk.suite.published()) == told
    assert [event.data.reason for event in await desk.told(PaymentFailed)] == ["insufficient_funds", "no_such_account"]
    assert [event.data.by for event in await desk.told(InvoicePaid)] == ["direct_debit"] * 2
    listed = (await desk.get(f"/debit-batches/{batch['id']}/debits", role="supervisor"))["items"]
    assert [(each["result"], each["failed_for"]) for each in listed] == [
        ("0", None), ("1", "insufficient_funds"), ("0", None), ("2", "no_such_account"),
    ]  # fmt: skip
    changed = await answered(desk, batch["id"], answering(file, "0002"))
    assert (changed.status_code, changed.json()["code"]) == (409, "debit_result_contradicts")
    assert len(await desk.suite.published()) == told


@pytest.mark.rule("R-DIRECT-DEBIT")
async def test_five_answers_at_once_count_once(desk: Desk) -> None:
    await owing(desk, 2)
    batch, file = await requested(desk)
    answers = await asyncio.gather(*(answered(desk, batch["id"], answering(file, "01")) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert [len(await desk.told(kind)) for kind in (InvoicePaid, PaymentFailed)] == [1, 1]


@pytest.mark.rule("R-DIRECT-DEBIT")
async def test_a_file_that_does_not_fit_is_refused_and_nothing_of_it_counts(desk: Desk) -> None:
    await owing(desk, 2)
    batch, file = await requested(desk)
    good = answering(file, "01")
    for wrong in (b"", good[:-1], good.replace(b"0000002200", b"0000002201", 1), b"x" * len(good)):
        refused = await answered(desk, batch["id"], wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "debit_file_unreadable")
        assert refused.json()["rule_ids"] == ["R-DIRECT-DEBIT"]
    assert {each["owing"] for each in (await desk.get("/invoices"))["items"]} == {"requested"}
    assert (await answered(desk, "dbt_0", good)).json()["code"] == "debit_batch_unknown"


@pytest.mark.rule("R-DIRECT-DEBIT")
async def test_what_failed_is_asked_for_again_with_what_came_since_in_one_debit(desk: Desk) -> None:
    (contract,) = await owing(desk, 1)
    batch, file = await requested(desk)
    assert file[RECORD : 2 * RECORD][90:91] == b"1"  # the first debit of this account
    await answered(desk, batch["id"], answering(file, "1"))
    desk.at(jst(2026, 8, 1))
    await desk.close(contract["id"], "2026-07")
    await desk.suite.sweep()
    again = await desk.post("/debit-batches", {"collect_on": "2026-08-27"}, role="supervisor")
    assert (again["debits"], again["total"]) == (1, 4400)
    second = (await desk.call("GET", f"/debit-batches/{again['id']}/file", role="supervisor")).content
    assert second[RECORD : 2 * RECORD][90:91] == b"0"
    await answered(desk, again["id"], answering(second, "0"))
    assert {each["owing"] for each in (await desk.get("/invoices"))["items"]} == {"paid"}


@pytest.mark.rule("R-DUNNING")
@pytest.mark.parametrize(("limit", "suspended"), [("null", 0), ("2", 1)])
async def test_contracts_are_suspended_only_by_the_rule_that_is_data(desk: Desk, limit: str, suspended: int) -> None:
    (contract,) = await owing(desk, 1)
    async with desk.suite.transaction() as tx:
        await tx.connection.execute(
            "UPDATE catalogue_part SET digest = 'with a limit of ' || $1::text, "
            "body = jsonb_set(body, '{dunning,suspend_after_failures}', $1::text::jsonb) "
            "WHERE part = 'invoicing'",
            limit,
        )
    for day in ("2026-07-27", "2026-07-28"):
        assert (await desk.get(f"/contracts/{contract['id']}"))["status"] == "active"
        batch = await desk.post("/debit-batches", {"collect_on": day}, role="supervisor")
        file = (await desk.call("GET", f"/debit-batches/{batch['id']}/file", role="supervisor")).content
        settled = await answered(desk, batch["id"], answering(file, "1"))
        assert settled.status_code == 200, settled.text
    assert len(await desk.told(ContractSuspended)) == suspended
    assert (await desk.get("/invoices"))["items"][0]["failures"] == 2


@pytest.mark.rule("R-DIRECT-DEBIT")
async def test_an_account_is_sealed_masked_and_in_no_event(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    kept = (await put_account(desk, subscriber["id"], number="4654321")).json()
    assert (kept["number_ends_with"], kept["bank_code"]) == ("321", "0005")
    assert "4654321" not in str(kept)
    async with desk.suite.transaction() as tx:
        row = dict(await tx.connection.fetchrow("SELECT * FROM bank_account"))
    assert "4654321" not in str(row)
    assert "ﾐﾎﾝ" not in str(row)
    for event in await desk.suite.published():
        assert "4654321" not in event.data.model_dump_json()
    number = kept["customer_number"]
    changed = (await put_account(desk, subscriber["id"], number="1111111")).json()
    assert (changed["customer_number"], changed["version"]) == (number, 2)
    gone = await desk.call("DELETE", f"/subscribers/{subscriber['id']}/bank-account")
    assert gone.status_code == 204
    path = f"/subscribers/{subscriber['id']}/bank-account"
    assert (await desk.refused(path, method="GET", status=404))["code"] == "bank_account_unknown"
    assert (await desk.refused(path, method="DELETE", status=404))["code"] == "bank_account_unknown"


@pytest.mark.rule("R-DIRECT-DEBIT")
async def test_bad_accounts_and_days_are_refused_by_name(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    path = f"/subscribers/{subscriber['id']}/bank-account"
    future = {"signed_on": "2026-06-02", "signed_by": "見本", "channel": "paper"}
    for over, status, code in (
        ({"holder_kana": "見本"}, 422, "bank_account_unreadable"),
        ({"bank_code": "5"}, 422, "bank_account_unreadable"),
        ({"kind": "7"}, 422, "bank_account_unreadable"),
        ({"mandate": future}, 409, "mandate_missing"),
    ):
        body: dict[str, Any] = an_account(**over)
        problem = await desk.refused(path, body, method="PUT", status=status)
        assert (problem["code"], problem["rule_ids"][0]) == (code, "R-DIRECT-DEBIT")
    await desk.refused(path, {"bank_code": "0005"}, method="PUT", status=422)
    unknown = await desk.refused("/subscribers/sub_0/bank-account", an_account(), method="PUT", status=404)
    assert unknown["code"] == "subscriber_unknown"
    for day, code in (("2026-06-01", "collection_day_not_possible"), ("2026-07-27", "nothing_to_collect")):
        refused = await desk.refused("/debit-batches", {"collect_on": day}, role="supervisor")
        assert (refused["code"], refused["rule_ids"]) == (code, ["R-DIRECT-DEBIT"])
    assert (await desk.refused("/debit-batches/dbt_0", method="GET", status=404, role="supervisor"))["code"]
    for method, where in (("POST", "/debit-batches"), ("GET", "/debit-batches"), ("GET", "/debit-batches/dbt_0/file")):
        assert (await desk.call(method, where, COLLECT if method == "POST" else None)).status_code == 403


async def test_an_account_is_erased_with_its_holder(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    await put_account(desk, subscriber["id"])
    await desk.post(f"/subscribers/{subscriber['id']}/erasure", {"reason": "asked for"}, role="supervisor")
    path = f"/subscribers/{subscriber['id']}/bank-account"
    assert (await desk.refused(path, method="GET", status=404))["code"] == "bank_account_unknown"


async def test_what_is_owed_stays_with_the_partner_that_billed_it_and_the_account_moves(desk: Desk) -> None:
    contract = await desk.active(partner="mihon")
    holder, path = contract["subscriber_id"], f"/contracts/{contract['id']}"
    await desk.call("PUT", f"/subscribers/{holder}/billing", {"consolidated": True})
    await put_account(desk, holder)
    desk.at(jst(2026, 7, 1))
    await desk.close(contract["id"], "2026-06")
    await desk.suite.sweep()
    adjusted = await desk.post(f"{path}/adjustments", {"amount": -100, "text": "お詫び", "reason": "delay"})
    change = {"partner": "other", "reason": "shop closed"}
    await desk.post(f"/subscribers/{holder}/partner-change", change, role="supervisor")
    async with desk.suite.transaction() as tx:
        of = {
            table: await tx.connection.fetchval(f"SELECT string_agg(DISTINCT partner, ' ') FROM {table}")
            for table in ("subscriber_billing", "bank_account", "adjustment", "open_month", "receivable", "invoice")
        }
    assert of == {
        "subscriber_billing": "other", "bank_account": "other", "adjustment": "other", "open_month": "other",
        "receivable": "mihon", "invoice": "mihon",
    }  # fmt: skip
    assert len((await desk.get("/invoices", partner="mihon"))["items"]) == 1
    assert (await desk.get("/invoices", partner="other"))["items"] == []
    desk.at(jst(2026, 8, 1))
    await desk.close(contract["id"], "2026-07")
    await desk.suite.sweep()
    (july,) = (await desk.get("/invoices", partner="other"))["items"]
    assert (july["total"], adjusted["amount"]) == (2100, -100)


async def test_accounts_and_files_are_sealed_anew_when_the_key_was_replaced(desk: Desk, admin_url: str) -> None:
    (contract,) = await owing(desk, 1)
    batch, file = await requested(desk)
    shown = f"/subscribers/{contract['subscriber_id']}/bank-account"
    before = await desk.get(shown)
    settings = desk.suite.service.settings
    first = settings.secret_key
    owner = await asyncpg.connect(admin_url, server_settings={"search_path": "contracts"})
    await owner.execute("UPDATE bank_account SET key_id = NULL")  # as before keys had names
    settings.secret_key, settings.old_secret_keys = SecretStr("another long random text"), (first,)
    assert (await desk.get(shown), (await requested_file(desk, batch))) == (before, file)
    assert (await desk.suite.sweep(), await desk.suite.sweep()) == (2, 0)
    settings.old_secret_keys = ()
    assert (await desk.get(shown), (await requested_file(desk, batch))) == (before, file)

    settings.secret_key = first  # a process that does not know the new key yet touches nothing
    assert await desk.suite.sweep() == 0
    settings.secret_key = SecretStr("another long random text")
    await owner.execute("UPDATE bank_account SET key_id = NULL, sealed = 'of a key that is gone'")
    await owner.close()
    assert (await desk.suite.sweep(), await desk.suite.sweep()) == (1, 0)
    gone = await desk.refused(shown, method="GET")
    assert (gone["code"], gone["why"]) == ("bank_seal_unreadable", {"id": contract["subscriber_id"]})
    assert (await put_account(desk, contract["subscriber_id"])).status_code == 200


async def requested_file(desk: Desk, batch: dict[str, Any]) -> bytes:
    return (await desk.call("GET", f"/debit-batches/{batch['id']}/file", role="supervisor")).content
