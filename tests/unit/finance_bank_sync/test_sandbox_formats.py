"""The sandbox bank's older formats, written apart from the readers, mean what its camt.053 means (K-02, K-05)."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats import known_formats
from odoo.addons.finance_bank_sync.formats.detect import HEAD_SIZE, detect
from odoo.addons.finance_bank_sync.formats.model import Entry, StatementEnd, StatementStart
from odoo.addons.finance_bank_sync.formats.sheet.profile import SheetProfile
from odoo.addons.finance_bank_sync.formats.sheet.reader import Sheet
from odoo.addons.finance_bank_sync.proof import control

from sandbox.bank.flat import FORMATS
from sandbox.bank.model import Account, BankCode, Booking, Party, Statement, Transaction, totals_of

ACCOUNT = Account(iban="DE02120300000000202051", currency="EUR", owner="Example Company", bic="SNDBDEFFXXX")
#: two formats tell an account by the numbers of their country alone
NATIONAL = {"norma43": "ES9121000418450200051332", "cfonb120": "FR1420041010050500013M02606"}
PAYER = Party(name="Müller & Söhne", iban="BE68539007547034")
PROFILE = SheetProfile(
    name="Sandbox",
    account=ACCOUNT.iban,
    delimiter=";",
    date_format="%d.%m.%Y",
    decimal_mark=",",
    columns={"date": "Booked", "value_date": "Value", "amount": "Amount", "balance": "Balance", "currency": "Currency",
             "party": "Name", "party_account": "Account", "text": "Text", "reference": "Reference"},
)  # fmt: skip


def statement(*amounts: str, text: str = "Invoice INV/2026/00012", opening: str = "100.00") -> Statement:
    bookings = tuple(
        Booking(
            amount=Decimal(amount),
            booking_date=date(2026, 3, 2),
            value_date=date(2026, 3, 3),
            code=BankCode(domain="PMNT", family="RCDT", subfamily="ESCT"),
            reference=f"REF{number:05d}",
            transactions=(
                Transaction(amount=Decimal(amount), counterparty=PAYER, end_to_end_id=f"E2E-{number}", text=(text,)),
            ),
        )
        for number, amount in enumerate(amounts, 1)
    )
    return Statement(
        identification="2026-03-02-001",
        account=ACCOUNT,
        from_date=date(2026, 3, 2),
        to_date=date(2026, 3, 2),
        created_at=datetime(2026, 3, 2, 18),
        opening=Decimal(opening),
        closing=Decimal(opening) + sum((b.amount for b in bookings), Decimal(0)),
        bookings=bookings,
        totals=totals_of(bookings),
        electronic_sequence=1,
    )


def read(name: str, told: Statement) -> tuple[StatementStart, list[Entry], StatementEnd]:
    stream = io.BytesIO()
    if name in NATIONAL:
        told = replace(told, account=replace(told.account, iban=NATIONAL[name]))
    FORMATS[name].write(stream, told)
    stream.seek(0)
    head = stream.read(HEAD_SIZE)
    stream.seek(0)
    found = detect([*known_formats(), Sheet(PROFILE)], head, f"statement.{FORMATS[name].suffix}")
    start, *entries, end = list(found.parse(stream))
    assert isinstance(start, StatementStart) and isinstance(end, StatementEnd)
    return start, [entry for entry in entries if isinstance(entry, Entry)], end


@pytest.mark.parametrize("name", FORMATS)
def test_k02_what_the_bank_wrote_is_read(name: str) -> None:
    start, entries, end = read(name, statement("1250.00", "-3.50", "0.01"))
    assert (start.account.iban or start.account.number) == NATIONAL.get(name, ACCOUNT.iban)
    assert [entry.money.amount for entry in entries] == [Decimal("1250.00"), Decimal("-3.50"), Decimal("0.01")]
    assert {entry.money.currency for entry in entries} == {"EUR"}
    references = ["REF00001", "REF00002", "REF00003"]
    if name in NATIONAL:
        assert [e.details[0].references.proprietary[-1][1] for e in entries] == references
    else:
        assert [entry.account_servicer_reference for entry in entries] == references
    assert all("INV/2026/00012" in (e.details[0].remittance or "") or name == "bai2" for e in entries)
    if name in ("mt940", "csv", "coda", *NATIONAL):
        assert {e.booking_date for e in entries} == {date(2026, 3, 2)}
        assert {e.value_date for e in entries} == {date(2026, 3, 3)}
        assert {e.details[0].counterparty.iban for e in entries if e.details[0].counterparty} == {PAYER.iban}
    totals = control.Totals()
    for entry in entries:
        totals.add(entry)
    assert control.prove_statement(end.balances, totals).state == ("unprovable" if name == "ofx" else "proved")


@pytest.mark.parametrize("name", FORMATS)
@given(
    amounts=st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=6),
    text=st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=60),
)
@settings(max_examples=25, deadline=None)
def test_k02_amounts_survive_whatever_the_text_is(name: str, amounts: list[int], text: str) -> None:
    told = [str((Decimal(amount) / 100).quantize(Decimal("0.01"))) for amount in amounts]
    _start, entries, _end = read(name, statement(*told, text=text))
    assert [entry.money.amount for entry in entries] == [Decimal(amount) for amount in told]
