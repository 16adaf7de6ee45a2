"""Balances prove a statement, or the difference is named (K-05, fault 42)."""

from __future__ import annotations

import decimal
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import Balance, Detail, Entry, Money, Summary
from odoo.addons.finance_bank_sync.proof import balance, continuity, control


def stated(code: str, amount: str = "0", currency: str = "EUR", subtype: str | None = None) -> Balance:
    return Balance(
        code=code, money=Money(amount=Decimal(amount), currency=currency), date=date(2025, 11, 12), subtype=subtype
    )


def entry(amount: str, *, status: str = "BOOK", currency: str = "EUR", details: int = 0) -> Entry:
    return Entry(
        position=1,
        money=Money(amount=Decimal(amount), currency=currency),
        status=status,
        details=tuple(Detail() for _ in range(details)),
    )


@pytest.mark.parametrize(
    ("codes", "opening", "closing"),
    [
        ("OPBD CLBD", 0, 1),
        ("CLBD OPBD", 1, 0),
        ("PRCD CLBD", 0, 1),  # German and Dutch version 02
        ("PRCD OPBD CLBD CLAV FWAV FWAV", 1, 2),  # ING
        ("OPBD CLBD OPBD", 0, 1),
        ("ITBD ITBD", 0, 1),
        ("OPBD ITBD", 0, 1),  # a page that is not the last
        ("OPBD ITBD ITBD", 0, 2),
        ("ITBD CLBD", 0, 1),  # the last page
        ("ITBD", 0, None),
        ("CLBD", None, 0),
        ("OPBD", 0, None),
        ("OPAV CLAV", None, None),  # available balances prove no bookings
        ("ITAV", None, None),
        ("XPCD INFO", None, None),
        ("", None, None),
    ],
)
def test_which_balances_open_and_close(codes: str, opening: int | None, closing: int | None) -> None:
    """specs/camt.md section 3."""
    balances = [stated(code, str(number)) for number, code in enumerate(codes.split())]
    assert balance.opening(balances) is (None if opening is None else balances[opening])
    assert balance.closing(balances) is (None if closing is None else balances[closing])


@pytest.mark.parametrize(
    ("opening", "entries", "closing", "state", "difference", "reason"),
    [
        ("100", "50", "150", "proved", "0", "balanced"),
        ("100", "50", "150.00", "proved", "0.00", "balanced"),
        ("-100", "250.15", "150.15", "proved", "0.00", "balanced"),
        ("0", "0", "0", "proved", "0", "balanced"),
        ("100", "50", "149.99", "failed", "-0.01", "difference"),
        ("100", "50", "160", "failed", "10", "difference"),
        (None, "50", "150", "unprovable", None, "opening_missing"),
        ("100", "50", None, "unprovable", None, "closing_missing"),
        (None, "50", None, "unprovable", None, "balances_missing"),
    ],
)
def test_the_proof(
    opening: str | None, entries: str, closing: str | None, state: str, difference: str | None, reason: str
) -> None:
    """K-05: opening + entries = closing, exactly; what is missing is named."""
    proof = balance.prove(
        None if opening is None else Decimal(opening), Decimal(entries), None if closing is None else Decimal(closing)
    )
    assert (proof.state, proof.reason) == (state, reason)
    assert proof.difference == (None if difference is None else Decimal(difference))


def test_the_proof_is_exact_in_any_decimal_context() -> None:
    """Amounts of 18 digits, and a caller who works with few."""
    totals = control.Totals()
    with decimal.localcontext() as context:
        context.prec = 5
        totals.add(entry("999999999999999.123"))
        totals.add(entry("-0.003"))
        proof = control.prove_statement([stated("OPBD", "0.001"), stated("CLBD", "999999999999999.121")], totals)
    assert proof.state == balance.PROVED


def test_cents_do_not_drift() -> None:
    totals = control.Totals()
    for _ in range(10_000):
        totals.add(entry("0.10"))
    assert totals.booked == Decimal(1000)


def test_only_booked_entries_are_proved() -> None:
    totals = control.Totals()
    for status in ("BOOK", "PDNG", "INFO", "FUTR"):
        totals.add(entry("10", status=status))
    assert (totals.booked, totals.booked_count, totals.count) == (Decimal(10), 1, 4)


def counted(*entries: Entry) -> control.Totals:
    totals = control.Totals()
    for item in entries:
        totals.add(item)
    return totals


@pytest.mark.parametrize(
    ("opening", "closing", "entries"),
    [
        ("EUR", "EUR", ["USD"]),
        ("USD", "EUR", ["EUR"]),
        ("EUR", "USD", []),
        ("EUR", "EUR", ["EUR", "USD"]),
        ("EUR", None, ["USD"]),
    ],
)
def test_several_currencies_fail(opening: str, closing: str | None, entries: list[str]) -> None:
    """Figures of two currencies never prove each other, even where the numbers fit."""
    balances = [stated("OPBD", "1", opening)] + ([stated("CLBD", "1", closing)] if closing else [])
    proof = control.prove_statement(balances, counted(*(entry("0", currency=code) for code in entries)))
    assert (proof.state, proof.reason, proof.difference) == (balance.FAILED, "currency_differs", None)


def test_one_currency_proves() -> None:
    proof = control.prove_statement(
        [stated("OPBD", "1"), stated("CLBD", "3")], counted(entry("2"), entry("9", status="INFO"))
    )
    assert proof.state == balance.PROVED


def test_without_balances_currencies_do_not_matter() -> None:
    proof = control.prove_statement([], counted(entry("1"), entry("1", currency="USD")))
    assert (proof.state, proof.reason) == (balance.UNPROVABLE, "balances_missing")


@given(st.lists(st.decimals(-(10**12), 10**12, places=2), max_size=30), st.decimals(-(10**12), 10**12, places=2))
def test_a_lost_or_doubled_entry_is_the_difference(amounts: list[Decimal], opening: Decimal) -> None:
    """Fault 42: whatever is lost shows with its amount."""
    closing = opening + sum(amounts, Decimal(0))
    assert balance.prove(opening, sum(amounts, Decimal(0)), closing).state == balance.PROVED
    for lost in range(len(amounts)):
        rest = sum(amounts[:lost] + amounts[lost + 1 :], Decimal(0))
        proof = balance.prove(opening, rest, closing)
        assert proof.difference == amounts[lost]
        assert (proof.state == balance.FAILED) == bool(amounts[lost])


class TestControlSums:
    """``TxsSummry`` against what the file holds."""

    def totals(self) -> control.Totals:
        totals = control.Totals()
        for amount, details in (("10", 3), ("-4", 1), ("2", 0)):
            totals.add(entry(amount, details=details))
        return totals

    @pytest.mark.parametrize(
        ("summary", "reasons"),
        [
            (None, []),
            (Summary(), []),
            (Summary(count=3, sum=Decimal(16), credit_sum=Decimal(12), debit_sum=Decimal("4.00"), net=Decimal(8)), []),
            (Summary(count=5), []),  # transactions counted instead of entries
            (Summary(count=4), ["summary_count"]),
            (Summary(sum=Decimal(8)), ["summary_sum"]),
            (Summary(credit_sum=Decimal(10), debit_sum=Decimal(0)), ["summary_credit_sum", "summary_debit_sum"]),
            (Summary(net=Decimal(-8)), ["summary_net"]),
        ],
    )
    def test_mismatches(self, summary: Summary | None, reasons: list[str]) -> None:
        assert [found.reason for found in control.check_summary(summary, self.totals())] == reasons

    def test_a_mismatch_tells_both_figures(self) -> None:
        (found,) = control.check_summary(Summary(credit_sum=Decimal(10)), self.totals())
        assert (found.stated, found.counted) == (Decimal(10), Decimal(12))


class TestContinuity:
    """closing(n) = opening(n+1)."""

    def eur(self, amount: str) -> Money:
        return Money(amount=Decimal(amount), currency="EUR")

    @pytest.mark.parametrize(
        ("previous", "opening", "reason", "difference"),
        [
            ("10", "10.00", "continuous", "0.00"),
            ("10", "12", "gap", "2"),
            ("10", "-10", "gap", "-20"),
            (None, "10", "previous_missing", None),
            ("10", None, "opening_missing", None),
        ],
    )
    def test_gaps(self, previous: str | None, opening: str | None, reason: str, difference: str | None) -> None:
        found = continuity.continuity(
            None if previous is None else self.eur(previous), None if opening is None else self.eur(opening)
        )
        assert (found.reason, found.is_gap) == (reason, reason == "gap")
        assert found.difference == (None if difference is None else Decimal(difference))

    def test_another_currency(self) -> None:
        found = continuity.continuity(self.eur("1"), Money(amount=Decimal(1), currency="USD"))
        assert (found.reason, found.is_gap) == ("currency_differs", True)

    @pytest.mark.parametrize(
        ("previous", "current", "missing"),
        [("1", "2", 0), ("1", "4", 2), ("007", "000000009", 1), ("365", "1", 0), ("5", "5", 0)]
        + [(None, "2", 0), ("1", None, 0), ("A1", "A9", 0), ("\u0663", "9", 5)],
    )
    def test_missing_numbers(self, previous: str | None, current: str | None, missing: int) -> None:
        assert continuity.missing_numbers(previous, current) == missing


class TestPages:
    """Fault 42: page 1 of 3 waits."""

    @pytest.mark.parametrize(
        ("arrived", "missing", "complete"),
        [
            ([(None, None)], (), True),
            ([(1, True)], (), True),
            ([(1, None)], (), True),
            ([(1, False)], (), False),
            ([(1, False), (2, False)], (), False),
            ([(3, True), (1, False)], (2,), False),
            ([(3, True)], (1, 2), False),
            ([(2, True), (1, False)], (), True),
            ([], (), False),
        ],
    )
    def test_pages(
        self, arrived: list[tuple[int | None, bool | None]], missing: tuple[int, ...], complete: bool
    ) -> None:
        found = continuity.pages(arrived)
        assert (found.missing, found.complete) == (missing, complete)

    def test_a_silly_page_number_costs_nothing(self) -> None:
        found = continuity.pages([(10**17, True)])
        assert not found.complete
        assert len(found.missing) == 100


@given(st.decimals(min_value=-(10**18), max_value=10**18, places=5))
def test_a_trimmed_amount_is_the_same_amount(amount: Decimal) -> None:
    trimmed = balance.trimmed(amount)
    assert trimmed == amount
    _whole, _point, decimals = str(trimmed).partition(".")
    assert len(decimals) == 2 or (len(decimals) > 2 and not decimals.endswith("0"))
