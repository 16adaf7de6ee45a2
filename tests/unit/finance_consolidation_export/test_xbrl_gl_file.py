"""Packages as XBRL GL (issue 8 point 4): well formed, in the published order, equal to the balances."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import xbrl_gl_grammar
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from odoo.addons.finance_consolidation_export.balances.neutral import Balance, Head
from odoo.addons.finance_consolidation_export.extracts import xbrl_gl
from odoo.addons.finance_consolidation_export.extracts.layout import LayoutError

HEAD = Head(
    batch="ACTUAL-2026-10-DE01-v1",
    entity="DE01",
    lei="",
    scenario="ACTUAL",
    fiscal_year=2026,
    period=10,
    first=date(2026, 10, 1),
    last=date(2026, 10, 31),
    currency="EUR",
    group_currency="USD",
    source="odoo",
    generated="2026-11-03T08:00:00+00:00",
)
SPACES = {"i": xbrl_gl.XBRLI, "c": xbrl_gl.COR, "b": xbrl_gl.BUS, "m": xbrl_gl.MUC}


def balance(account: str, opening: str = "0", debit: str = "0", credit: str = "0", **values: object) -> Balance:
    amounts = {"opening": Decimal(opening), "debit": Decimal(debit), "credit": Decimal(credit)}
    return Balance(account=account, name=f"Account {account}", kind="asset", **amounts, **values)  # type: ignore[arg-type]


def made(rows: list[Balance], head: Head = HEAD) -> etree._Element:
    stream = io.BytesIO()
    xbrl_gl.write(head, rows, ("center",), stream)
    return etree.fromstring(stream.getvalue())


def closings(root: etree._Element) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for detail in root.iterfind(".//c:entryDetail", SPACES):
        sign = 1 if detail.findtext("c:debitCreditCode", namespaces=SPACES) == "D" else -1
        amount = Decimal(detail.findtext("c:amount", namespaces=SPACES) or "")
        assert amount > 0
        account = detail.findtext("c:account/c:accountMainID", namespaces=SPACES) or ""
        found[account] = found.get(account, Decimal(0)) + sign * amount
    return {account: amount for account, amount in found.items() if amount}


def test_trial_balance() -> None:
    rows = [
        balance("G1", "100.00", "50.10", "0.10", members=("C<1>",), partner="FR01", movement="F20"),
        balance("G2", "-100.00", "0", "50.00"),
        balance("G3"),
    ]
    root = made(rows, replace(HEAD, lei="529900T8BM49AURSDO55"))
    assert xbrl_gl_grammar.faults(root) == []
    opening, moved = root.iterfind(".//c:entryHeader", SPACES)
    assert opening.findtext("c:qualifierEntry", namespaces=SPACES) == "balance-brought-forward"
    days = [{one.text for one in entry.iterfind(".//c:postingDate", SPACES)} for entry in (opening, moved)]
    assert days == [{"2026-01-01"}, {"2026-10-31"}]
    subs = [(one[0].text, one[1].text) for one in opening.iterfind("c:entryDetail/c:account/c:accountSub", SPACES)]
    assert subs == [("FR01", "partner"), ("F20", "movement"), ("C<1>", "center")]
    assert [one.text for one in moved.iterfind(".//c:amount", SPACES)] == ["50.10", "0.10", "50.00"]
    assert {one.get("decimals") for one in root.iter(f"{{{xbrl_gl.COR}}}amount")} == {"2"}
    [identifier] = root.iterfind("i:context/i:entity/i:identifier", SPACES)
    assert (identifier.get("scheme"), identifier.text) == (xbrl_gl.LEI, "529900T8BM49AURSDO55")
    assert root.findtext(".//c:entriesType", namespaces=SPACES) == "trialbalance"


def test_fiscal_years_begin_in_any_month() -> None:
    assert xbrl_gl.fiscal_start(HEAD) == date(2026, 1, 1)
    assert xbrl_gl.fiscal_start(replace(HEAD, period=4)) == date(2026, 7, 1)
    assert xbrl_gl.fiscal_start(replace(HEAD, period=12)) == date(2025, 11, 1)
    assert xbrl_gl.fiscal_start(replace(HEAD, last=date(2026, 12, 31), period=12)) == date(2026, 1, 1)


def test_what_does_not_balance_is_no_file() -> None:
    with pytest.raises(LayoutError, match=r"movement.*0\.01"):
        made([balance("G1", "0", "5.00"), balance("G2", "0", "0", "4.99")])


CENTS = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=12)
KINDS = st.sampled_from(["asset", "liability", "equity", "income", "expense", "statistical", ""])


@settings(max_examples=50, deadline=None)
@given(TEXTS, TEXTS, TEXTS, KINDS)
def test_the_second_reader_has_nothing_against_any_text(account: str, name: str, member: str, kind: str) -> None:
    row = replace(balance("G1", "5.00"), account=f"G{account}", name=f"N{name}", kind=kind, members=(f"M{member}",))
    root = made([row, balance("G2", "-5.00")], replace(HEAD, entity=f"E{account}"))
    assert xbrl_gl_grammar.faults(root) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<gl-cor:debitCreditCode ", "<gl-cor:postedDate ", "entryDetail has"),
        (">trialbalance<", ">trial<", "entriesType: says 'trial'"),
        (">D<", ">X<", "debitCreditCode: says 'X'"),
        ('decimals="2"', 'decimals="3"', "not as exact"),
        (' unitRef="EUR"', ' unitRef="number"', "no currency"),
        (">iso4217:EUR</gl-muc", ">EUR</gl-muc", "defaultCurrency: says 'EUR'"),
        ('<xbrli:context id="closing"', '<xbrli:context id="other"', "no such context"),
        (">2026-10-31</xbrli:instant", ">31.10.2026</xbrli:instant", "instant: no date"),
        ("plt/case-c-b-m/", "plt/", "entry point"),
    ],
)
def test_the_second_reader_finds_what_is_wrong(old: str, new: str, fault: str) -> None:
    text = etree.tostring(made([balance("G1", "5.00"), balance("G2", "-5.00")])).decode()
    assert old in text
    damaged = text.replace(old, new)
    if old.startswith("<gl-"):
        damaged = damaged.replace("</gl-cor:debitCreditCode", "</gl-cor:postedDate")
    assert any(fault in found for found in xbrl_gl_grammar.faults(etree.fromstring(damaged)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(CENTS, CENTS, CENTS, st.sampled_from([1, -1])), max_size=8))
def test_it_says_what_the_balances_say_with_the_signs_of_the_books(amounts: list[tuple[Decimal, ...]]) -> None:
    """Sum is zero in each entry, and each account comes to its closing balance, whatever the group's chart turns."""
    rows = [
        replace(balance(f"A{number}"), opening=sign * opening, debit=debit, credit=credit, sign=int(sign))
        for number, (opening, debit, credit, sign) in enumerate(amounts)
    ]
    left = -sum((row.sign * row.opening for row in rows), Decimal(0))
    moved = -sum((row.sign * (row.debit - row.credit) for row in rows), Decimal(0))
    rows.append(replace(balance("Z"), opening=left, debit=moved))
    root = made(rows)
    assert xbrl_gl_grammar.faults(root) == []
    assert closings(root) == {row.account: row.sign * row.closing for row in rows if row.closing}
    assert sum(closings(root).values(), Decimal(0)) == 0
