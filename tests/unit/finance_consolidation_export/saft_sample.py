"""A small ledger for the tests of SAF-T files, and how a file is made of it."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st
from lxml import etree

from odoo.addons.finance_consolidation_export.extracts import saft_facts as saft

HEAD = saft.Head(
    company=saft.Party(name="Fjord AS", registration="999999999", vat="999999999MVA", city="Oslo", country="NO"),
    country="NO",
    currency="NOK",
    first=date(2025, 1, 1),
    last=date(2025, 12, 31),
    created=date(2026, 2, 3),
    software=("Maker", "Ledger", "19.0"),
    user="auditor",
)


GROUPS = {"1": "asset", "2": "liability", "3": "income", "4": "equity", "9": "off"}


def account(code, opening="0", closing="0"):
    return saft.Account(
        id=code,
        name=f"Account {code}",
        group=GROUPS[code[0]],
        category="balanseverdiForOmloepsmiddel",
        code=code,
        created=date(2015, 1, 1),
        opening=Decimal(opening),
        closing=Decimal(closing),
    )


MASTERS = saft.Masters(
    accounts=(account("1500", "0", "125.00"), account("2700", "0", "-25.00"), account("3000", "0", "-100.00")),
    customers=(saft.Party(id="7", name="Kunde", balances=(("1500", Decimal(0), Decimal("125.00")),)),),
    taxes=(saft.Tax(id="30", name="Output VAT", percent=Decimal("25.0"), country="NO", standard="3"),),
    analyses=(saft.Analysis(type="P1", type_name="Project", id="2000", name="Building"),),
)
JOURNAL = saft.Journal(id="SAL", name="Sales", kind="sale")


def line(number, code, amount, **values):
    return saft.Line(id=str(number), account=code, description="", amount=Decimal(amount), **values)


ENTRY = saft.Entry(
    id="INV/1",
    system_id="11",
    day=date(2025, 9, 27),
    period=9,
    year=2025,
    description="Sale",
    voucher="out_invoice",
    entered=date(2025, 9, 27),
    modified=None,
    source="finance.message/5",
    lines=(
        line(
            1,
            "3000",
            "-100.00",
            currency="EUR",
            currency_amount=Decimal("-8.00"),
            analyses=(("P1", "2000", Decimal("-60.00")),),
        ),
        line(
            2,
            "2700",
            "-25.00",
            taxes=(saft.TaxInfo(code="30", percent=Decimal(25), base=Decimal(100), amount=Decimal(-25)),),
        ),
        line(3, "1500", "125.00", customer="7", due=date(2025, 10, 11)),
    ),
)
TOTALS = saft.Totals(entries=1, lines=3, debit=Decimal("125.00"), credit=Decimal("125.00"))


def content(writer, entry=ENTRY, masters=MASTERS, totals=TOTALS, head=HEAD, entries=None, namespace=""):
    """:return: the bytes of a file of one writer"""
    stream = io.BytesIO()
    made = writer(head, masters, io.BytesIO(), namespace)
    made.write(totals, entries or [(JOURNAL, entry)], stream)
    return stream.getvalue()


def parsed(*args, **values):
    return etree.fromstring(content(*args, **values))


def changed(number, **values):
    """:return: the entry with another line"""
    lines = list(ENTRY.lines)
    lines[number] = replace(lines[number], **values)
    return replace(ENTRY, lines=tuple(lines))


cents = st.integers(-(10**12), 10**12).map(lambda number: Decimal(number).scaleb(-2))
#: of each entry the amounts of its lines but the last
ledgers = st.lists(st.lists(cents, min_size=1, max_size=5), max_size=6)


def ledger(amounts):
    """:return: balanced entries of these amounts, and what they come to"""
    entries, totals = [], saft.Totals()
    for number, found in enumerate(amounts):
        found = [*found, -sum(found)]
        lines = tuple(line(place, "3000", amount) for place, amount in enumerate(found))
        entries.append((JOURNAL, replace(ENTRY, id=f"E{number}", lines=lines)))
        totals.entries += 1
        totals.lines += len(found)
        totals.debit += sum((one for one in found if one > 0), Decimal(0))
        totals.credit -= sum((one for one in found if one < 0), Decimal(0))
    return entries, totals
