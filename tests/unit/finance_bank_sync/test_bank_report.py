"""What banks' interfaces answer, read (K-04, K-05; faults 43, 44, 49): reports, dialects, pairing over channels."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats import detect, known_formats
from odoo.addons.finance_bank_sync.formats.model import Account, Entry, FormatError, StatementEnd, StatementStart
from odoo.addons.finance_bank_sync.formats.report.berlin_group import BerlinGroup
from odoo.addons.finance_bank_sync.formats.report.reader import Report, ReportFormat, read
from odoo.addons.finance_bank_sync.proof.channels import Booked, pair

OWN = "DE02120300000000202051"
OTHER = "FR1420041010050500013M02606"
TODAY = date(2026, 3, 10)


def told(amount: str = "10.00", day: str | None = "2026-03-09", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"transactionAmount": {"amount": amount, "currency": "EUR"}, **more}
    return {**row, "bookingDate": day} if day else row


def page(*booked: dict[str, Any], pending: Any = (), **more: Any) -> bytes:
    return json.dumps({"transactions": {"booked": list(booked), "pending": list(pending)}, **more}).encode()


def balance(kind: str, amount: str, day: str | None = None) -> dict[str, Any]:
    return {
        "balanceType": kind,
        "balanceAmount": {"amount": amount, "currency": "EUR"},
        **({"referenceDate": day} if day else {}),
    }


def report(*pages: bytes, balances: tuple[dict[str, Any], ...] = (), today: date = TODAY) -> Report:
    return Report(
        dialect="berlin_group",
        account=Account(iban=OWN, currency="EUR"),
        since=date(2026, 3, 1),
        today=today,
        pages=pages,
        balances=(json.dumps({"balances": balances}).encode(),) if balances else (),
    )


def only(**fields: Any) -> Entry:
    [entry] = read(report(page(told(**fields))), BerlinGroup()).booked
    return entry


# -- a report is kept as it came -----------------------------------------------------------


def test_a_report_is_a_file_that_one_format_knows() -> None:
    content = report(page(told()), balances=(balance("closingBooked", "1.00", "2026-03-09"),)).to_bytes()
    known = detect(known_formats(), content)
    assert isinstance(known, ReportFormat) and known.code == "api.berlin_group"
    assert Report.from_bytes(content).to_bytes() == content


@given(st.integers(1, 200))
def test_fault_41_a_cut_report_is_refused(cut: int) -> None:
    content = report(page(told())).to_bytes()
    with pytest.raises(FormatError):
        list(ReportFormat(BerlinGroup()).parse(io.BytesIO(content[: -min(cut, len(content) - 1)])))


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        (b"<html></html>", "json_syntax"),
        (b"[]", "json_object_missing"),
        (b"{}", "transactions_missing"),
        (b'{"transactions": {"booked": [{}]}}', "amount_missing"),
        (page(told("ten")), "amount_invalid"),
        (page(told("1e5")), "amount_invalid"),
        (page(told("NaN")), "amount_invalid"),
        (page(told("1.000001")), "amount_precision"),
        (page(told(day="2026-02-30")), "date_invalid"),
        (page({"transactionAmount": {"amount": "1", "currency": "euro"}}), "currency_invalid"),
        (page({"transactionAmount": {"amount": "1"}}), "currency_missing"),
        (page(told(remittanceInformationUnstructured={"a": 1})), "text_invalid"),
        (b'{"transactions": {"booked": [], "booked": []}}', "json_duplicate_key"),
    ],
)
def test_what_is_broken_is_refused_with_its_place(spoiled: bytes, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(report(page(told()), spoiled), BerlinGroup())
    assert caught.value.code == code
    assert "page 2" in caught.value.place


# -- transactions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "more", "expected"),
    [
        ("-9.50", {}, "-9.50"),
        ("+9.5", {}, "9.5"),
        ("8045,33", {}, "8045.33"),
        ("12", {"debtorAccount": {"iban": OWN}, "creditorAccount": {"iban": OTHER}}, "-12"),
        ("12", {"debtorAccount": {"iban": OTHER}, "creditorAccount": {"iban": OWN}}, "12"),
        ("12", {"debtorAccount": {"iban": OWN}, "creditorAccount": {"iban": OWN}}, "12"),
    ],
)
def test_amounts_as_banks_write_them(amount: str, more: dict[str, Any], expected: str) -> None:
    assert only(amount=amount, **more).money.amount == Decimal(expected)


def test_everything_that_a_transaction_tells() -> None:
    entry = only(
        amount="-1076.00",
        transactionId="T1",
        entryReference="SB1",
        endToEndId="NOTPROVIDED",
        mandateId="M1",
        valueDate="2026-03-08",
        creditorName="Acme",
        creditorAccount={"iban": "fr14 2004 1010 0505 0001 3M02 606"},
        creditorAgent="PSSTFRPP",
        creditorId="DE98ZZZ09999999999",
        remittanceInformationUnstructuredArray=["INV 1", "INV 2"],
        remittanceInformationStructured={"reference": "RF18 5390 0754 7034"},
        bankTransactionCode="PMNT-ICDT-ESCT",
        currencyExchange={
            "sourceCurrency": "EUR",
            "targetCurrency": "USD",
            "exchangeRate": "1.0760",
            "instructedAmount": {"amount": "1000", "currency": "USD"},
        },
    )
    [detail] = entry.details
    assert (entry.account_servicer_reference, entry.value_date) == ("SB1", date(2026, 3, 8))
    assert detail.counterparty and detail.counterparty.iban == OTHER and detail.counterparty.bic == "PSSTFRPP"
    assert detail.references.end_to_end_id is None and detail.references.mandate_id == "M1"
    assert detail.remittance == "INV 1 INV 2" and detail.structured_references == ("RF18539007547034",)
    assert entry.transaction_code and entry.transaction_code.subfamily == "ESCT"
    assert entry.original and (entry.original.amount, entry.original.currency) == (Decimal(-1000), "USD")
    assert entry.exchange and entry.exchange.rate == Decimal("1.0760")


def test_a_collective_booking_keeps_its_details() -> None:
    inner = [
        {"transactionAmount": {"amount": amount, "currency": "EUR"}, "creditorName": name}
        for amount, name in (("4.00", "A"), ("6.00", "B"))
    ]
    entry = only(amount="-10.00", batchIndicator=True, batchNumberOfTransactions=2, entryDetails=inner)
    assert [detail.money and detail.money.amount for detail in entry.details] == [Decimal(-4), Decimal(-6)]
    assert entry.batch and entry.batch.count == 2


# -- what is a statement -------------------------------------------------------------------


def test_closed_days_are_a_statement_and_the_rest_is_so_far() -> None:
    content = report(
        page(told("1", "2026-03-10"), told("2", "2026-03-09"), told("3", "2026-03-08"), pending=[told("4", None)]),
        balances=(balance("closingBooked", "99.00", "2026-03-09"), balance("expected", "100.00", "2026-03-10")),
    ).to_bytes()
    events = list(ReportFormat(BerlinGroup()).parse(io.BytesIO(content)))
    starts = [event for event in events if isinstance(event, StatementStart)]
    ends = [event for event in events if isinstance(event, StatementEnd)]
    amounts = [int(event.money.amount) for event in events if isinstance(event, Entry)]
    assert amounts == [3, 2, 1, 4], "oldest first, what has no day last"
    assert [start.purpose for start in starts] == ["statement", "interim"]
    assert (starts[0].from_date, starts[0].to_date) == (date(2026, 3, 1), date(2026, 3, 9))
    assert [b.code for b in ends[0].balances] == ["CLBD"], "nothing else bounds it"
    assert [b.code for b in ends[1].balances] == ["XPCD"]


@pytest.mark.parametrize(
    ("closing", "days", "until", "warned"),
    [
        (None, ["2026-03-09"], "2026-03-09", False),
        ("2026-03-10", ["2026-03-10"], "2026-03-10", False),
        ("2026-03-06", [], "2026-03-06", False),
        ("2026-03-06", ["2026-03-09"], "2026-03-06", False),
        ("2026-03-02", ["2026-03-02"], "2026-03-02", False),
        ("2026-03-02", ["2026-03-09"], "2026-03-09", True),
        ("2027-01-01", ["2026-03-09"], "2026-03-09", False),
    ],
)
def test_where_the_closed_days_end(closing: str | None, days: list[str], until: str, warned: bool) -> None:
    balances = (balance("closingBooked", "1.00", closing),) if closing else ()
    reading = read(report(page(*(told(day=day) for day in days)), balances=balances), BerlinGroup())
    assert reading.closed_until == date.fromisoformat(until)
    assert [code for code, _text in reading.warnings] == (["closing_balance_stale"] if warned else [])


# -- pages ---------------------------------------------------------------------------------


def test_fault_49_what_moved_to_the_next_page_is_told_once() -> None:
    rows = [told(str(n), transactionId=f"T{n}") for n in range(1, 5)]
    reading = read(report(page(*rows[:2]), page(rows[1], *rows[2:])), BerlinGroup())
    assert [int(entry.money.amount) for entry in reading.booked] == [1, 2, 3, 4]
    assert ("repeated_on_pages", "1") in reading.warnings


def test_fault_44_equal_payments_stay_two() -> None:
    """On one page with one id (banks reuse them), and on two pages without an id."""
    one = read(report(page(told(transactionId="T1"), told(transactionId="T1"))), BerlinGroup())
    two = read(report(page(told()), page(told())), BerlinGroup())
    assert len(one.booked) == len(two.booked) == 2


@given(
    st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 9)), max_size=20),
    st.integers(1, 7),
    st.booleans(),
)
def test_pages_and_their_order_do_not_matter(rows: list[tuple[int, int]], size: int, newest_first: bool) -> None:
    rows = sorted(rows, key=lambda row: row[1], reverse=newest_first)
    listed = [
        told(str(amount or 1), (TODAY - timedelta(days=9 - age)).isoformat(), transactionId=f"T{n}")
        for n, (amount, age) in enumerate(rows)
    ]
    pages = [page(*listed[start : start + size]) for start in range(0, len(listed), size)] or [page()]
    whole, cut = read(report(page(*listed)), BerlinGroup()), read(report(*pages), BerlinGroup())
    assert whole.booked == cut.booked and whole.so_far == cut.so_far
    assert whole.fingerprint() == cut.fingerprint()
    assert [entry.position for entry in whole.booked] == list(range(1, len(whole.booked) + 1))
    assert [e.booking_date for e in whole.booked] == sorted(e.booking_date for e in whole.booked if e.booking_date)


# -- two channels --------------------------------------------------------------------------


def booked(number: int, amount: int, day: int = 1, *marks: str) -> Booked:
    return Booked(number=number, day=date(2026, 3, day), amount=Decimal(amount), currency="EUR", marks=frozenset(marks))


def test_a_shared_reference_decides_among_equal_amounts() -> None:
    new = [booked(1, 5, 1, "E1"), booked(2, 5, 1, "E2")]
    known = [booked(8, 5, 1, "E2"), booked(9, 5, 1, "E1")]
    assert pair(new, known) == {1: 9, 2: 8}


BOOKINGS = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from("abc")), max_size=12)


@given(BOOKINGS, BOOKINGS)
def test_as_many_are_known_as_both_channels_tell(new: list[Any], known: list[Any]) -> None:
    left = [booked(n, amount, day, mark) for n, (amount, day, mark) in enumerate(new)]
    right = [booked(100 + n, amount, day, mark) for n, (amount, day, mark) in enumerate(known)]
    pairs = pair(left, right)
    assert len(set(pairs.values())) == len(pairs), "each known one at most once"
    by_number = {one.number: one for one in (*left, *right)}
    assert all(
        (by_number[a].day, by_number[a].amount) == (by_number[b].day, by_number[b].amount) for a, b in pairs.items()
    )
    places = [Counter((one.day, one.amount) for one in side) for side in (left, right)]
    assert len(pairs) == (places[0] & places[1]).total()


def test_very_many_of_one_amount_do_not_take_for_ever() -> None:
    count = 3000
    pairs = pair([booked(n, 1) for n in range(count)], [booked(count + n, 1) for n in range(count)])
    assert len(pairs) == count
