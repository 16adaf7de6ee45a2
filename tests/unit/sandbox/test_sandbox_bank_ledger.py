"""The bank's books: statements chain, balance, and are numbered without gaps, whatever is booked."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.bank import codec, identifiers
from sandbox.bank.bulk import bulk_statement
from sandbox.bank.ledger import Ledger, LedgerError
from sandbox.bank.model import BankCode, Booking, Statement, totals_of
from sandbox.bank.pages import pages

IBAN = "DE02120300000000202051"
MONDAY = date(2026, 1, 5)
CODE = BankCode(domain="PMNT", family="RCDT", subfamily="ESCT")

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
#: day after day: what is booked on it, and whether the bank makes a statement at its end
diaries = st.lists(st.tuples(st.lists(amounts, max_size=5), st.booleans()), max_size=12)


def booking(amount: Decimal, day: date) -> Booking:
    return Booking(amount=amount, booking_date=day, value_date=day, code=CODE)


def assert_proven(statements: list[Statement], opening: Decimal) -> None:
    """Opening + entries = closing = next opening, and the numbers follow each other."""
    for number, statement in enumerate(statements, 1):
        assert statement.opening == opening
        assert statement.opening + sum((item.amount for item in statement.bookings), Decimal(0)) == statement.closing
        assert statement.totals == totals_of(statement.bookings)
        assert statement.legal_sequence == number
        opening = statement.closing


@settings(deadline=None)
@given(opening=amounts, diary=diaries)
def test_statements_always_chain_and_balance(opening: Decimal, diary: list[tuple[list[Decimal], bool]]) -> None:
    with Ledger() as ledger:
        ledger.open_account(IBAN, currency="EUR", owner="Demo", opening=opening)
        booked: list[str] = []
        for offset, (day_amounts, closes) in enumerate(diary):
            day = MONDAY + timedelta(days=offset)
            booked += [ledger.book(IBAN, booking(amount, day)).reference for amount in day_amounts]
            if closes:
                ledger.close_day(IBAN, day)
        ledger.close_day(IBAN, MONDAY + timedelta(days=len(diary)))
        statements = ledger.statements(IBAN)
        assert_proven(statements, opening.quantize(Decimal("0.01")))
        assert [item.reference for statement in statements for item in statement.bookings] == booked
        assert statements[-1].closing == ledger.balance(IBAN)


@settings(deadline=None)
@given(values=st.lists(amounts, max_size=10), count=st.integers(1, 6))
def test_pages_carry_the_balance_over(values: list[Decimal], count: int) -> None:
    with Ledger() as ledger:
        ledger.open_account(IBAN, currency="EUR", owner="Demo")
        for value in values:
            ledger.book(IBAN, booking(value, MONDAY))
        statement = ledger.close_day(IBAN, MONDAY)
        parts = pages(statement, count)
    assert [part.page.last for part in parts if part.page] == [False] * (count - 1) + [True]
    assert [item for part in parts for item in part.bookings] == list(statement.bookings)
    opening = statement.opening
    for part in parts:
        assert part.opening == opening
        assert part.opening + part.totals.net == part.closing
        opening = part.closing
    assert opening == statement.closing


def test_the_books_go_on_in_the_next_run(tmp_path: Path) -> None:
    for run in range(3):
        with Ledger(tmp_path / "bank.sqlite") as ledger:
            ledger.open_account(IBAN, currency="EUR", owner="Demo", opening=Decimal("7.00"))
            day = MONDAY + timedelta(days=run)
            ledger.book(IBAN, booking(Decimal("1.10"), day))
            statement = ledger.close_day(IBAN, day)
            assert statement.legal_sequence == run + 1
            assert_proven(ledger.statements(IBAN), Decimal("7.00"))


def test_the_electronic_number_starts_again_every_year() -> None:
    with Ledger() as ledger:
        ledger.open_account(IBAN, currency="EUR", owner="Demo")
        days = (date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 2))
        numbers = [
            (item.electronic_sequence, item.legal_sequence) for item in (ledger.close_day(IBAN, d) for d in days)
        ]
    assert numbers == [(1, 1), (2, 2), (1, 3)]


def test_a_closed_day_is_closed() -> None:
    with Ledger() as ledger:
        ledger.open_account(IBAN, currency="EUR", owner="Demo")
        ledger.close_day(IBAN, MONDAY)
        with pytest.raises(LedgerError, match="closed"):
            ledger.book(IBAN, booking(Decimal(1), MONDAY))
        with pytest.raises(LedgerError, match="closed"):
            ledger.close_day(IBAN, MONDAY)


def test_the_bank_refuses_what_cannot_be() -> None:
    with Ledger() as ledger:
        with pytest.raises(LedgerError, match="not an IBAN"):
            ledger.open_account("DE03120300000000202051", currency="EUR", owner="Demo")
        ledger.open_account(IBAN, currency="JPY", owner="Demo")
        with pytest.raises(LedgerError, match="kept in JPY"):
            ledger.open_account(IBAN, currency="EUR", owner="Demo")
        with pytest.raises(LedgerError, match="not an amount of JPY"):
            ledger.book(IBAN, booking(Decimal("1.50"), MONDAY))
        with pytest.raises(LedgerError, match="no account"):
            ledger.close_day("NL91ABNA0417164300", MONDAY)


def test_a_rehearsal_leaves_no_trace() -> None:
    with Ledger() as ledger:
        ledger.open_account(IBAN, currency="EUR", owner="Demo")
        with ledger.rehearsal():
            ledger.book(IBAN, booking(Decimal(5), MONDAY))
            assert ledger.close_day(IBAN, MONDAY).closing == 5
        assert ledger.balance(IBAN) == 0 and not ledger.statements(IBAN)


def test_a_report_of_a_period_overlaps_the_statements() -> None:
    with Ledger() as ledger:
        ledger.open_account(IBAN, currency="EUR", owner="Demo", opening=Decimal("10.00"))
        for offset in range(3):
            day = MONDAY + timedelta(days=offset)
            ledger.book(IBAN, booking(Decimal(offset + 1), day))
            ledger.close_day(IBAN, day)
        first, second, third = ledger.statements(IBAN)
        report = ledger.report(IBAN, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2))
    assert [*report.bookings] == [*second.bookings, *third.bookings]
    assert (report.opening, report.closing) == (first.closing, third.closing)
    assert report.legal_sequence is None


def test_bookings_survive_the_database() -> None:
    for item in bulk_statement(3).bookings:
        rich = replace(item, batch=None, additional_information="é", is_reversal=True)
        assert codec.loads(Booking, codec.dumps(rich)) == rich


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["AT", "BE", "CH", "DE", "NL", "XX"]))
def test_made_up_account_numbers_check(seed: int, country: str) -> None:
    iban = identifiers.random_iban(random.Random(seed), country)
    assert identifiers.is_iban(iban)
    wrong = iban[:-1] + str((int(iban[-1]) + 1) % 10)
    assert not identifiers.is_iban(wrong)


@settings(deadline=None)
@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=21))
def test_creditor_references_check(text: str) -> None:
    reference = identifiers.make_creditor_reference(text)
    assert identifiers.is_creditor_reference(reference)
    assert identifiers.reference_kind(" ".join(reference)) == "SCOR"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("RF18 5390 0754 7034", "SCOR"),
        ("RF19 5390 0754 7034", None),
        ("21 00000 00003 13947 14300 09017", "QRR"),
        ("21 00000 00003 13947 14300 09018", None),
        ("+++090/9337/55493+++", "BBA"),
        ("+++090/9337/55494+++", None),
        ("INV/2026/00012", None),
    ],
)
def test_known_references(text: str, kind: str | None) -> None:
    assert identifiers.reference_kind(text) == kind
