"""Direct debit as Japanese banks exchange it (全銀フォーマット, 預金口座振替): records of 120 bytes in JIS X 0201.

A file is one header, a data record for each debit, a trailer with the sums, and an end. The bank sends it back with a
result in each data record and the sums of both kinds in the trailer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import jaconv

from contracts.domain.debit_refusals import BankAccountUnreadable, DebitFileUnreadable
from contracts.domain.invoicing import Collector

RECORD = 120
PAID = "0"
FAILURES: Mapping[str, str] = {
    "1": "insufficient_funds",
    "2": "no_such_account",
    "3": "stopped_by_holder",
    "4": "no_mandate_at_bank",
    "8": "stopped_by_collector",
    "9": "other",
}
"""What the bank's result codes other than `PAID` mean."""

_ENCODING = "shift_jis"  # of which half-width kana, digits and capitals are the single bytes of JIS X 0201
_ALLOWED = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ()-./\\,｢｣" + "".join(map(chr, range(0xFF66, 0xFFA0))))
_LARGE = str.maketrans("ｧｨｩｪｫｬｭｮｯｰ", "ｱｲｳｴｵﾔﾕﾖﾂ-")
_RESULT = 111
_KINDS = frozenset({"1", "2", "4", "9"})


@dataclass(frozen=True, kw_only=True)
class BankAccount:
    """An account as banks write it; `kind` 1 ordinary, 2 current, 4 savings, 9 other. Made by `bank_account`."""

    bank_code: str
    bank_name_kana: str
    branch_code: str
    branch_name_kana: str
    kind: str
    number: str
    holder_kana: str


@dataclass(frozen=True, kw_only=True)
class Debit:
    """So many yen of an account; `customer_number` is what the collector calls the customer, `first`: never before."""

    account: BankAccount
    customer_number: str
    amount: int
    first: bool


@dataclass(frozen=True, kw_only=True)
class Results:
    """What the bank answered: the code of each data record, in order."""

    codes: tuple[str, ...]


def bank_text(text: str, length: int, *, field: str) -> str:
    """Text in the single-byte kana, capitals and digits of banks; raises `BankAccountUnreadable`.

    Full-width forms and hiragana are turned, small kana written large, the long-vowel mark as a hyphen.
    """
    half = jaconv.z2h(jaconv.hira2kata(text), kana=True, ascii=True, digit=True).upper().translate(_LARGE).strip()
    if not half or len(half) > length or not set(half) <= _ALLOWED:
        raise BankAccountUnreadable(field=field, longest=length)
    return half


def digits(text: str, length: int, *, field: str) -> str:
    """A number of exactly so many digits; raises `BankAccountUnreadable`."""
    if not (text.isascii() and text.isdigit() and len(text) == length):
        raise BankAccountUnreadable(field=field, digits=length)
    return text


def bank_account(asked: BankAccount) -> BankAccount:
    """The account in the writing of banks; raises `BankAccountUnreadable` with the field, never its content."""
    if asked.kind not in _KINDS:
        raise BankAccountUnreadable(field="kind", allowed=sorted(_KINDS))
    return BankAccount(
        bank_code=digits(asked.bank_code, 4, field="bank_code"),
        bank_name_kana=bank_text(asked.bank_name_kana, 15, field="bank_name_kana"),
        branch_code=digits(asked.branch_code, 3, field="branch_code"),
        branch_name_kana=bank_text(asked.branch_name_kana, 15, field="branch_name_kana"),
        kind=asked.kind,
        number=digits(asked.number.rjust(7, "0"), 7, field="number"),
        holder_kana=bank_text(asked.holder_kana, 30, field="holder_kana"),
    )


def request_file(collector: Collector, collect_on: date, debits: Sequence[Debit]) -> bytes:
    """The file that asks for these debits; raises `BankAccountUnreadable` when the collector cannot stand in it."""
    total = sum(debit.amount for debit in debits)
    records = [
        _header(collector, collect_on),
        *map(_data, debits),
        f"8{len(debits):06}{total:012}{0:06}{0:012}{0:06}{0:012}".ljust(RECORD),
        "9".ljust(RECORD),
    ]
    return b"".join(record.encode(_ENCODING) for record in records)


def read_results(content: bytes, asked: bytes) -> Results:
    """The results in the bank's file, which is what was asked plus results and their sums.

    Line ends between records are tolerated. Raises `DebitFileUnreadable`, naming record and reason.
    """
    records, questions = _records(content), _records(asked)
    if len(records) != len(questions):
        raise DebitFileUnreadable(records=len(records), asked=len(questions))
    codes: list[str] = []
    paid = failed = 0
    for number, (record, question) in enumerate(zip(records, questions, strict=True), start=1):
        if record[:1] == b"8":
            continue
        if record[:_RESULT] != question[:_RESULT] or record[_RESULT + 1 :] != question[_RESULT + 1 :]:
            raise DebitFileUnreadable(record=number, reason="not what was asked for")
        if record[:1] != b"2":
            continue
        code = record[_RESULT : _RESULT + 1].decode("ascii", "replace")
        if code != PAID and code not in FAILURES:
            raise DebitFileUnreadable(record=number, reason="unknown result code")
        codes.append(code)
        amount = int(question[80:90])
        paid, failed = (paid + amount, failed) if code == PAID else (paid, failed + amount)
    good = codes.count(PAID)
    sums = f"8{len(codes):06}{paid + failed:012}{good:06}{paid:012}{len(codes) - good:06}{failed:012}".ljust(RECORD)
    if records[-2] != sums.encode("ascii"):
        raise DebitFileUnreadable(record=len(records) - 1, reason="the trailer's sums are wrong")
    return Results(codes=tuple(codes))


def _header(collector: Collector, collect_on: date) -> str:
    return (
        "1910"
        + digits(collector.code, 10, field="collector.code")
        + bank_text(collector.name_kana, 40, field="collector.name_kana").ljust(40)
        + f"{collect_on:%m%d}"
        + digits(collector.bank_code, 4, field="collector.bank_code")
        + bank_text(collector.bank_name_kana, 15, field="collector.bank_name_kana").ljust(15)
        + digits(collector.branch_code, 3, field="collector.branch_code")
        + bank_text(collector.branch_name_kana, 15, field="collector.branch_name_kana").ljust(15)
        + digits(collector.account_kind, 1, field="collector.account_kind")
        + digits(collector.account_number, 7, field="collector.account_number")
    ).ljust(RECORD)


def _data(debit: Debit) -> str:
    account = debit.account
    return (
        "2"
        + account.bank_code
        + account.bank_name_kana.ljust(15)
        + account.branch_code
        + account.branch_name_kana.ljust(15)
        + " " * 4
        + account.kind
        + account.number
        + account.holder_kana.ljust(30)
        + f"{debit.amount:010}"
        + ("1" if debit.first else "0")
        + debit.customer_number
        + "0"
    ).ljust(RECORD)


def _records(content: bytes) -> list[bytes]:
    plain = content.replace(b"\r", b"").replace(b"\n", b"").rstrip(b"\x1a")
    if not plain or len(plain) % RECORD:
        raise DebitFileUnreadable(bytes=len(plain), record_length=RECORD)
    return [plain[start : start + RECORD] for start in range(0, len(plain), RECORD)]
