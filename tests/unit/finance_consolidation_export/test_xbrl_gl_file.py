"""Packages as XBRL GL (issue 8 point 4): well formed, in the published order, equal to the balances."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
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
#: tuple -> what may be in it, in this order
ORDER = {
    "xbrl": ["schemaRef", "context", "unit", "accountingEntries"],
    "accountingEntries": ["documentInfo", "entityInformation", "entryHeader"],
    "documentInfo": [
        *("entriesType", "uniqueID", "creationDate", "creator", "periodCoveredStart", "periodCoveredEnd"),
        "defaultCurrency",
    ],
    "entityInformation": ["organizationIdentifiers"],
    "entryHeader": ["entryNumber", "qualifierEntry", "entryDetail"],
    "entryDetail": ["lineNumber", "account", "amount", "amountCurrency", "debitCreditCode", "postingDate"],
    "account": ["accountMainID", "accountMainDescription", "mainAccountType", "accountSub"],
    "accountSub": ["accountSubID", "accountSubType"],
}
SPACES = {"i": xbrl_gl.XBRLI, "c": xbrl_gl.COR, "b": xbrl_gl.BUS, "m": xbrl_gl.MUC}


def balance(account: str, opening: str = "0", debit: str = "0", credit: str = "0", **values: object) -> Balance:
    amounts = {"opening": Decimal(opening), "debit": Decimal(debit), "credit": Decimal(credit)}
    return Balance(account=account, name=f"Account {account}", kind="asset", **amounts, **values)  # type: ignore[arg-type]


def made(rows: list[Balance], head: Head = HEAD) -> etree._Element:
    stream = io.BytesIO()
    xbrl_gl.write(head, rows, ("center",), stream)
    return etree.fromstring(stream.getvalue())


def assert_structure(root: etree._Element) -> None:
    contexts = {one.get("id") for one in root.iterfind("i:context", SPACES)}
    units = {one.get("id") for one in root.iterfind("i:unit", SPACES)}
    for element in root.iter():
        name = etree.QName(element).localname
        children = [etree.QName(child).localname for child in element]
        if name in ORDER:
            places = [ORDER[name].index(child) for child in children]
            assert places == sorted(places), (name, children)
            assert element.get("contextRef") is None, "a tuple has no context"
        elif element.get("contextRef") is not None:
            assert element.get("contextRef") in contexts
            assert not children
            # numbers have a unit and say how exact they are, and nothing else does
            assert (element.get("unitRef") in units) == (element.get("decimals") is not None) == (name == "amount")


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
    assert_structure(root)
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
    assert_structure(root)
    assert closings(root) == {row.account: row.sign * row.closing for row in rows if row.closing}
    assert sum(closings(root).values(), Decimal(0)) == 0
