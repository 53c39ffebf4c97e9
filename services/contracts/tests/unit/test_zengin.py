"""R-DIRECT-DEBIT: files for the bank and its answers, byte by byte against records written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from common.errors import DomainError
from contracts.domain.debit_refusals import (
    BankAccountUnreadable,
    CollectionDayNotPossible,
    DebitFileUnreadable,
    DebitResultContradicts,
    MandateMissing,
)
from contracts.domain.debits import (
    DebitOrder,
    Mandate,
    answered,
    require_collection_day,
    require_mandate,
    suspends,
)
from contracts.domain.invoices import Owing
from contracts.domain.invoicing import Collector, Dunning
from contracts.domain.zengin import BankAccount, Debit, bank_account, bank_text, read_results, request_file
from contracts.testing import MONDAY_MORNING

COLLECTOR = Collector(
    code="1234567890",
    name_kana="カ）アンシンミホン",
    bank_code="0001",
    bank_name_kana="ミズホ",
    branch_code="110",
    branch_name_kana="ニホンバシ",
    account_kind="1",
    account_number="0123456",
)
ACCOUNT = BankAccount(
    bank_code="9900",
    bank_name_kana="ゆうちょ",
    branch_code="018",
    branch_name_kana="〇一八",
    kind="1",
    number="1234567",
    holder_kana="ミホン ハナコ",
)

# As a clerk would write them, column by column; kana of one byte each.
HEADER = (
    "19101234567890ｶ)ｱﾝｼﾝﾐﾎﾝ                               07270001ﾐｽﾞﾎ           110"
    "ﾆﾎﾝﾊﾞｼ         10123456                 "
)  # fmt: skip
FIRST = (
    "20005ﾐﾂﾋﾞｼUFJ       001ﾎﾝﾃﾝ               17654321ﾐﾎﾝｼﾖｳﾃﾝ(ｶ                    "
    "00000213401000000000000000000010        "
)  # fmt: skip
SECOND = (
    "29900ﾕｳﾁﾖ           018ｾﾞﾛｲﾁﾊﾁ            10234567ﾐﾎﾝ ﾊﾅｺ                       "
    "00000022000000000000000000000420        "
)  # fmt: skip
TRAILER = "8000002000000023540000000000000000000000000000000000000" + " " * 65  # fmt: skip
END = "9" + " " * 119
ANSWERED_TRAILER = "8000002000000023540000001000000021340000001000000002200" + " " * 65  # fmt: skip


def debits() -> list[Debit]:
    first = replace(
        ACCOUNT, bank_code="0005", bank_name_kana="ミツビシＵＦＪ", branch_code="001", branch_name_kana="ほんてん",
        number="7654321", holder_kana="みほんしょうてん（カ",
    )  # fmt: skip
    second = replace(ACCOUNT, branch_name_kana="ゼロイチハチ", number="234567")
    return [
        Debit(account=bank_account(first), customer_number=f"{1:020}", amount=21340, first=True),
        Debit(account=bank_account(second), customer_number=f"{42:020}", amount=2200, first=False),
    ]


def written(*records: str) -> bytes:
    for record in records:
        assert len(record) == 120, (len(record), record)
    return "".join(records).encode("shift_jis")


ASKED = request_file(COLLECTOR, date(2026, 7, 27), debits())


def answer(first: str = "0", second: str = "1", trailer: str = ANSWERED_TRAILER) -> bytes:
    return written(HEADER, FIRST[:111] + first + FIRST[112:], SECOND[:111] + second + SECOND[112:], trailer, END)


@pytest.mark.rule("R-DIRECT-DEBIT")
def test_the_file_is_what_a_clerk_would_write_byte_by_byte() -> None:
    assert written(HEADER, FIRST, SECOND, TRAILER, END) == ASKED
    assert len(ASKED) == 5 * 120


@pytest.mark.rule("R-DIRECT-DEBIT")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("カブシキガイシャ", "ｶﾌﾞｼｷｶﾞｲｼﾔ"),
        ("ｶﾌﾞｼｷｶﾞｲｼｬ", "ｶﾌﾞｼｷｶﾞｲｼﾔ"),
        ("さーびす", "ｻ-ﾋﾞｽ"),
        ("ｐａｙ（ｶ", "PAY(ｶ"),
        ("パピプ　ぺポ", "ﾊﾟﾋﾟﾌﾟ ﾍﾟﾎﾟ"),
        ("ヴィッツ", "ｳﾞｲﾂﾂ"),
    ],
)
def test_names_are_written_as_banks_write_them(text: str, expected: str) -> None:
    assert bank_text(text, 30, field="holder_kana") == expected


@pytest.mark.rule("R-DIRECT-DEBIT")
@pytest.mark.parametrize(
    "wrong",
    [
        {"holder_kana": "見本 花子"},
        {"holder_kana": "ア" * 31},
        {"holder_kana": "ガ" * 16},
        {"holder_kana": " "},
        {"holder_kana": "ｱ\x7f"},
        {"bank_code": "990"},
        {"bank_code": "９９００"},
        {"branch_code": "0018"},
        {"number": "12345678"},
        {"number": "12A4567"},
        {"kind": "3"},
        {"bank_name_kana": "ABCDEFGHIJKLMNOP"},
    ],
    ids=str,
)
def test_an_account_that_banks_could_not_read_is_refused_without_repeating_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(BankAccountUnreadable) as refused:
        bank_account(replace(replace(ACCOUNT, branch_name_kana="ホンテン"), **wrong))
    assert refused.value.why["field"] == next(iter(wrong))
    assert next(iter(wrong.values())).strip() not in str(refused.value) or not next(iter(wrong.values())).strip()


@pytest.mark.rule("R-DIRECT-DEBIT")
def test_the_banks_answer_is_read_with_and_without_line_ends() -> None:
    assert read_results(answer(), ASKED).codes == ("0", "1")
    plain = answer()
    lines = b"\r\n".join(plain[n : n + 120] for n in range(0, len(plain), 120)) + b"\r\n\x1a"
    assert read_results(lines, ASKED).codes == ("0", "1")


@pytest.mark.rule("R-DIRECT-DEBIT")
@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        answer()[:-1],
        answer()[:480],
        answer(second="0"),
        answer(first="7"),
        answer().replace(b"0000021340", b"0000021341", 1),
        answer().replace(b"1234567890", b"1234567891", 1),
        answer(trailer=ANSWERED_TRAILER.replace("000000021340", "000000021341")),
        ASKED[:120] + ASKED[240:],
        b"\xff" * 600,
    ],
    ids=["empty", "a byte short", "no end", "sums", "code", "amount", "collector", "trailer", "a record less", "noise"],
)
def test_a_file_that_is_not_the_answer_to_what_was_asked_is_refused(wrong: bytes) -> None:
    with pytest.raises(DebitFileUnreadable) as refused:
        read_results(wrong, ASKED)
    assert refused.value.rule_ids == ("R-DIRECT-DEBIT",)


@pytest.mark.rule("R-DIRECT-DEBIT")
def test_a_result_that_is_known_is_not_changed() -> None:
    asked = DebitOrder(position=1, subscriber_id="sub_1", invoice_ids=("inv_1",), amount=1)
    known = answered(asked, "1")
    assert answered(known, "1") == known
    with pytest.raises(DebitResultContradicts):
        answered(known, "0")


@pytest.mark.rule("R-DIRECT-DEBIT")
def test_nothing_is_collected_without_a_signed_mandate_or_on_a_day_that_is_past() -> None:
    signed = Mandate(signed_on=date(2026, 6, 1), signed_by="見本", channel="paper")
    assert require_mandate(signed, MONDAY_MORNING) == signed
    with pytest.raises(MandateMissing):
        require_mandate(replace(signed, signed_on=date(2026, 6, 2)), MONDAY_MORNING)
    assert require_collection_day(date(2026, 6, 2), MONDAY_MORNING) == date(2026, 6, 2)
    for day in (date(2026, 6, 1), date(2026, 5, 1), date(2027, 6, 2)):
        with pytest.raises(CollectionDayNotPossible):
            require_collection_day(day, MONDAY_MORNING)


@pytest.mark.rule("R-DIRECT-DEBIT")
@pytest.mark.parametrize("collector", [{"code": "12"}, {"name_kana": "株式会社"}, {"account_number": "1"}], ids=str)
def test_a_collector_that_does_not_fit_the_record_is_refused(collector: dict[str, str]) -> None:
    with pytest.raises(DomainError):
        request_file(replace(COLLECTOR, **collector), date(2026, 7, 27), debits())


@pytest.mark.rule("R-DUNNING")
@pytest.mark.parametrize(
    ("limit", "failures", "expected"), [(None, 99, False), (2, 1, False), (2, 2, True), (2, 3, True)]
)
def test_only_a_rule_of_the_catalogue_suspends(limit: int | None, failures: int, *, expected: bool) -> None:
    assert suspends(Dunning(suspend_after_failures=limit), owing=Owing.FAILED, failures=failures) is expected
    assert not suspends(Dunning(suspend_after_failures=limit), owing=Owing.PAID, failures=failures)
