"""R-INVOICE, R-CREDIT-NOTE: what stands on invoices, and the tax in it against exact fractions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from io import BytesIO
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from common.errors import DomainError
from contracts.api.invoice_pdf import credit_note_pdf, invoice_pdf
from contracts.domain.catalogue import Rounding, Tax
from contracts.domain.invoice_refusals import (
    CorrectionChangesNothing,
    CreditExceedsInvoice,
    CreditOfNothing,
    InvoiceCorrected,
    InvoiceNotCorrectable,
    PaymentNotPossible,
)
from contracts.domain.invoices import (
    Amended,
    Correction,
    Customer,
    Invoice,
    Issue,
    Owing,
    corrected,
    credit,
    invoice_of,
    number_of,
    paid,
)
from contracts.domain.invoicing import Issuer, check_digit, require_registration_number
from contracts.domain.statements import LineKind, Statement, StatementKind, StatementLine, tax_by_rate
from contracts.testing import MONDAY_MORNING, jst

TAX = Tax(rate=10, rounding=Rounding.DOWN)
ISSUER = Issuer(
    name_ja="株式会社あんしん見本",
    name_en="Anshin Mihon KK",
    registration_number="T8010401050387",
    postal_code="160-0023",
    address="東京都新宿区見本町9-9-9",
    phone="0120-000-000",
)
CUSTOMER = Customer(name="株式会社髙﨑商店", postal_code="530-0001", address="大阪府大阪市北区梅田1-1-1")


def a_line(position: int, amount: int, rate: int = 10, **over: Any) -> StatementLine:
    given_: dict[str, Any] = {
        "position": position,
        "kind": LineKind.PLAN,
        "code": "light-anshin-1",
        "name_ja": "ライトあんしんプラン1",
        "name_en": "Light Anshin plan 1",
        "amount": amount,
        "tax_rate": rate,
        "service_month": "2026-06",
        "rule_ids": ("R-INVOICE",),
        "event_id": "evt_1",
    }
    return StatementLine(**{**given_, **over})


def a_statement(number: int, *lines: StatementLine) -> Statement:
    rates = tax_by_rate(lines, TAX)
    return Statement(
        id=f"stm_{number}",
        kind=StatementKind.REGULAR,
        contract_id=f"ctr_{number}",
        subscriber_id="sub_1",
        partner=None,
        fee_month="2026-06",
        first_day=date(2026, 6, 1),
        last_day=date(2026, 6, 30),
        total=sum(line.amount for line in lines),
        tax=sum(rate.tax for rate in rates),
        tax_rates=rates,
        lines=lines,
        closed_at=jst(2026, 7, 1),
        closed_by="sv-mori",
    )


def an_issue(ordinal: int = 1, letter: str = "A") -> Issue:
    return Issue(
        id=f"inv_{ordinal}",
        number=number_of(letter, 2026, ordinal),
        at=MONDAY_MORNING,
        on=date(2026, 7, 6),
        by="sv-mori",
        issuer=ISSUER,
        payment_days=30,
    )


def an_invoice(*amounts: tuple[int, int]) -> Invoice:
    lines = [a_line(n, yen, rate) for n, (yen, rate) in enumerate(amounts or ((2200, 10), (1080, 8)), start=1)]
    return invoice_of([a_statement(1, *lines)], CUSTOMER, an_issue(), TAX)


@pytest.mark.rule("R-INVOICE")
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 200_000), st.sampled_from([8, 10])), min_size=1, max_size=6),
        min_size=1,
        max_size=5,
    )
)
def test_tax_is_rounded_once_per_rate_and_invoice_as_exact_fractions_say(
    contracts: list[list[tuple[int, int]]],
) -> None:
    statements = [
        a_statement(number, *(a_line(n, yen, rate) for n, (yen, rate) in enumerate(lines, start=1)))
        for number, lines in enumerate(contracts, start=1)
    ]
    invoice = invoice_of(statements, CUSTOMER, an_issue(), TAX)
    everything = [pair for lines in contracts for pair in lines]
    for rate in {rate for _, rate in everything}:
        exact = sum(Fraction(yen) for yen, of in everything if of == rate) * Fraction(rate, 100 + rate)
        (found,) = [each for each in invoice.tax_rates if each.rate == rate]
        assert found.tax == floor(exact)
    assert invoice.tax == sum(rate.tax for rate in invoice.tax_rates)
    assert invoice.total == sum(yen for yen, _ in everything)


@pytest.mark.rule("R-INVOICE")
def test_one_invoice_over_several_contracts_rounds_where_their_statements_do_not() -> None:
    statements = [a_statement(n, a_line(1, 105)) for n in (1, 2, 3)]
    assert [statement.tax for statement in statements] == [9, 9, 9]
    assert invoice_of(statements, CUSTOMER, an_issue(), TAX).tax == 28  # of 315 yen


@pytest.mark.rule("R-INVOICE")
@pytest.mark.parametrize("number", ["T8010401050387", "T9000000000000"])
def test_a_registration_number_with_the_right_check_digit_is_taken(number: str) -> None:
    assert require_registration_number(number) == number


@pytest.mark.rule("R-INVOICE")
@pytest.mark.parametrize(
    "number",
    [
        "T1234567890123",
        "8010401050387",
        "T801040105038",
        "T80104010503870",
        "t8010401050387",
        "T８０１０４０１０５０３８７",
    ],
)
def test_any_other_is_refused(number: str) -> None:
    with pytest.raises(DomainError) as refused:
        replace(ISSUER, registration_number=number)
    assert (refused.value.code, refused.value.rule_ids) == ("registration_number_wrong", ("R-INVOICE",))


@pytest.mark.rule("R-INVOICE")
@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 8))
def test_the_check_digit_notices_a_wrong_digit(base: str, place: int, more: int) -> None:
    digit = (int(base[place]) + more) % 9  # 0 and 9 weigh the same
    wrong = base[:place] + str(digit) + base[place + 1 :]
    assert check_digit(base) != check_digit(wrong)


@pytest.mark.rule("R-INVOICE")
def test_a_corrected_invoice_names_the_wrong_one_and_counts_its_tax_anew() -> None:
    wrong = an_invoice((2200, 10), (1100, 10))
    right = corrected(wrong, Correction(reason="税率の誤り", lines={2: Amended(tax_rate=8)}), an_issue(2), TAX)
    assert (right.corrects, right.corrects_number, right.number) == (wrong.id, "A2026-00000001", "A2026-00000002")
    assert [(rate.rate, rate.total, rate.tax) for rate in right.tax_rates] == [(8, 1100, 81), (10, 2200, 200)]
    assert wrong.lines[1].tax_rate == 10


@pytest.mark.rule("R-INVOICE", "R-CREDIT-NOTE")
def test_what_was_replaced_credited_paid_or_handed_over_is_not_corrected() -> None:
    change = Correction(reason="宛名", customer=replace(CUSTOMER, name="株式会社見本"))
    with pytest.raises(InvoiceCorrected):
        corrected(replace(an_invoice(), owing=Owing.CORRECTED), change, an_issue(2), TAX)
    for owing, credited in ((Owing.PAID, 0), (Owing.REQUESTED, 0), (Owing.OPEN, 1)):
        with pytest.raises(InvoiceNotCorrectable):
            corrected(replace(an_invoice(), owing=owing, credited=credited), change, an_issue(2), TAX)


@pytest.mark.rule("R-INVOICE")
@pytest.mark.parametrize(
    "change",
    [
        Correction(reason="nothing"),
        Correction(reason="the same", customer=CUSTOMER, lines={1: Amended(amount=2200)}),
        Correction(reason="no such line", lines={9: Amended(amount=1)}),
        Correction(reason="below nothing", lines={1: Amended(amount=-2200)}),
    ],
    ids=lambda change: change.reason,
)
def test_a_correction_that_corrects_nothing_is_refused(change: Correction) -> None:
    with pytest.raises(CorrectionChangesNothing):
        corrected(an_invoice(), change, an_issue(2), TAX)


@pytest.mark.rule("R-CREDIT-NOTE")
def test_a_credit_note_rounds_once_per_rate_and_names_its_invoice() -> None:
    note = credit(an_invoice(), {10: 1055, 8: 107}, an_issue(1, "R"), TAX, text="お詫び")
    assert [(rate.rate, rate.total, rate.tax) for rate in note.tax_rates] == [(8, 107, 7), (10, 1055, 95)]
    assert (note.number, note.invoice_number, note.total) == ("R2026-00000001", "A2026-00000001", 1162)


@pytest.mark.rule("R-CREDIT-NOTE")
@pytest.mark.parametrize(
    ("amounts", "refusal"),
    [
        ({10: 2201}, CreditExceedsInvoice),
        ({8: 1081, 10: 1}, CreditExceedsInvoice),
        ({10: 0}, CreditOfNothing),
        ({10: -5}, CreditOfNothing),
        ({5: 1}, CreditOfNothing),
        ({}, CreditOfNothing),
    ],
)
def test_not_more_is_given_back_than_was_charged_at_a_rate(amounts: dict[int, int], refusal: type[DomainError]) -> None:
    with pytest.raises(refusal) as refused:
        credit(an_invoice(), amounts, an_issue(1, "R"), TAX, text="お詫び")
    assert refused.value.rule_ids == ("R-CREDIT-NOTE", "R-INVOICE")


@pytest.mark.rule("R-INVOICE")
def test_an_invoice_is_paid_once() -> None:
    done = paid(an_invoice(), date(2026, 7, 20))
    assert (done.owing, done.owed, done.paid_on) == (Owing.PAID, 0, date(2026, 7, 20))
    with pytest.raises(PaymentNotPossible):
        paid(done, date(2026, 7, 21))


def text_and_fonts(pdf: bytes) -> tuple[str, list[Any]]:
    reader = PdfReader(BytesIO(pdf))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    return "".join(page.extract_text() for page in reader.pages).replace("\n", ""), fonts


@pytest.mark.rule("R-INVOICE")
def test_the_page_holds_every_field_of_a_qualified_invoice_and_its_font() -> None:
    text, fonts = text_and_fonts(invoice_pdf(an_invoice()))
    for field in (
        "適格請求書", "A2026-00000001", "株式会社あんしん見本", "T8010401050387", "2026-07-06",
        "2026-06-01〜2026-06-30",
        "ライトあんしんプラン1", "8%対象", "10%対象", "2,200円", "200円", "1,080円", "80円", "3,280円",
        "株式会社髙﨑商店 御中",
        "2026-08-05",
    ):  # fmt: skip
        assert field in text, field
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "NotoSansCJKjp" in str(descriptor["/FontName"])
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
    assert fonts


@pytest.mark.rule("R-INVOICE", "R-CREDIT-NOTE")
def test_corrected_and_return_invoices_say_what_they_refer_to() -> None:
    change = Correction(reason="宛名の誤り", customer=replace(CUSTOMER, name="株式会社#見本[1]"))
    right = corrected(an_invoice(), change, an_issue(2), TAX)
    text, _ = text_and_fonts(invoice_pdf(right))
    for field in ("修正した適格請求書", "A2026-00000002", "A2026-00000001", "宛名の誤り", "株式会社#見本[1] 御中"):
        assert field in text, field
    note = credit(an_invoice(), {10: 1100}, an_issue(1, "R"), TAX, text="訪問遅延のお詫び")
    text, _ = text_and_fonts(credit_note_pdf(note))
    for field in ("適格返還請求書", "R2026-00000001", "A2026-00000001", "訪問遅延のお詫び", "1,100円", "100円"):
        assert field in text, field


def test_many_lines_go_over_several_pages() -> None:
    pdf = invoice_pdf(an_invoice(*[(100, 10)] * 90))
    assert len(PdfReader(BytesIO(pdf)).pages) > 1
