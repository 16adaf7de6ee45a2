"""SAF-T Financial, Norway 1.30: order and form of the elements, keys, totals (C-20, C-22)."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from saft_grammar import faults

from odoo.addons.finance_consolidation_export.extracts import saft

NS = {"s": saft.NORWAY.namespace}
HEAD = saft.Head(
    company=saft.Party(name="Fjord AS", registration="999999999", vat="999999999MVA", city="Oslo", country="NO"),
    currency="NOK",
    first=date(2025, 1, 1),
    last=date(2025, 12, 31),
    created=date(2026, 2, 3),
    software=("Maker", "Ledger", "19.0"),
    user="auditor",
)


def account(code, opening="0", closing="0"):
    return saft.Account(
        id=code,
        name=f"Account {code}",
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


def made(entry=ENTRY, masters=MASTERS, totals=TOTALS, head=HEAD, entries=None):
    stream = io.BytesIO()
    saft.write(saft.NORWAY, head, masters, totals, entries or [(JOURNAL, entry)], stream)
    return etree.fromstring(stream.getvalue())


def text(root, path):
    return root.xpath(f"string({path})", namespaces=NS)


def test_the_file_is_in_the_order_of_the_schema():
    root = made()
    names = [etree.QName(element).localname for element in root.iter()]
    for order in (
        ["AuditFile", "Header", "AuditFileVersion", "AuditFileCountry", "Company", "RegistrationNumber", "Name"],
        ["DefaultCurrencyCode", "SelectionCriteria", "TaxAccountingBasis", "UserID", "MasterFiles"],
        ["AccountID", "AccountDescription", "GroupingCategory", "GroupingCode", "AccountType", "OpeningDebitBalance"],
        ["GeneralLedgerAccounts", "Customers", "TaxTable", "AnalysisTypeTable", "GeneralLedgerEntries"],
        ["NumberOfEntries", "TotalDebit", "TotalCredit", "Journal", "JournalID", "Type", "Transaction"],
        ["TransactionID", "Period", "PeriodYear", "TransactionDate", "SourceID", "VoucherType", "TransactionType"],
        ["RecordID", "Analysis", "CreditAnalysisAmount", "CreditAmount", "TaxInformation", "TaxBase"],
    ):
        places = [names.index(name) for name in order]
        assert places == sorted(places), order
    assert text(root, "//s:Line[1]/s:CreditAmount/s:ExchangeRate") == "12.5"
    assert text(root, "//s:TaxInformation/s:CreditTaxAmount/s:Amount") == "25.00"
    assert text(root, "//s:Account[1]/s:ClosingDebitBalance") == "125.00"
    assert text(root, "//s:Account[3]/s:ClosingCreditBalance") == "100.00"
    assert text(root, "//s:Customer/s:BalanceAccount/s:ClosingDebitBalance") == "125.00"
    assert text(root, "//s:Line[3]/s:CustomerID") == "7"


def changed(number, **values):
    lines = list(ENTRY.lines)
    lines[number] = replace(lines[number], **values)
    return replace(ENTRY, lines=tuple(lines))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"entry": changed(2, account="9999")}, "account 9999 is not in the master files"),
        ({"entry": changed(2, customer="8")}, "customer 8"),
        ({"entry": changed(2, supplier="7")}, "customer and of a supplier"),
        ({"entry": changed(0, analyses=(("P1", "1", Decimal(1)),))}, "analysis"),
        ({"entry": changed(1, taxes=(replace(ENTRY.lines[1].taxes[0], code="31"),))}, "tax code 31"),
        ({"entry": changed(2, amount=Decimal("124.99"))}, "does not balance"),
        ({"entry": replace(ENTRY, lines=())}, "no line"),
        ({"entry": replace(ENTRY, day=date(2026, 1, 1))}, "not in the period"),
        ({"entry": replace(ENTRY, id="x" * 71)}, "between 1 and 70"),
        ({"totals": replace(TOTALS, entries=2)}, "not those that were counted"),
        ({"masters": replace(MASTERS, accounts=(*MASTERS.accounts, account("1500")))}, "Two of one identifier"),
        ({"masters": replace(MASTERS, accounts=(replace(account("1"), code=""),))}, "belongs to no group"),
        ({"masters": replace(MASTERS, taxes=(replace(MASTERS.taxes[0], standard="XYZ"),))}, "no standard tax code"),
        ({"masters": replace(MASTERS, accounts=(account("1", "0.001"),))}, "two decimals"),
        ({"masters": replace(MASTERS, accounts=(account("1", "1" * 17),))}, "18 digits"),
        ({"head": replace(HEAD, company=saft.Party(name="x"))}, "registration number"),
        ({"entries": [(JOURNAL, ENTRY), (replace(JOURNAL, id="B"), ENTRY), (JOURNAL, ENTRY)]}, "not together"),
    ],
)
def test_what_a_schema_would_refuse_is_refused(values, why):
    with pytest.raises(saft.SaftError, match=why):
        made(**values)


def test_names_are_shortened_and_taxes_may_have_no_standard_code():
    masters = replace(
        MASTERS,
        accounts=(replace(MASTERS.accounts[0], name="a\x00b" + "ø" * 300), *MASTERS.accounts[1:]),
        taxes=(replace(MASTERS.taxes[0], standard=""),),
    )
    root = made(masters=masters)
    assert text(root, "//s:Account[1]/s:AccountDescription") == "ab" + "ø" * 254
    assert text(root, "//s:StandardTaxCode") == "NA"


cents = st.integers(-(10**12), 10**12).map(lambda number: Decimal(number).scaleb(-2))


@given(st.lists(st.lists(cents, min_size=1, max_size=5), max_size=6))
def test_totals_are_those_of_the_lines(amounts):
    entries, totals = [], saft.Totals()
    for number, found in enumerate(amounts):
        found = [*found, -sum(found)]
        lines = tuple(line(place, "3000", amount) for place, amount in enumerate(found))
        entries.append((JOURNAL, replace(ENTRY, id=f"E{number}", lines=lines)))
        totals.entries += 1
        totals.lines += len(found)
        totals.debit += sum((one for one in found if one > 0), Decimal(0))
        totals.credit -= sum((one for one in found if one < 0), Decimal(0))
    root = made(entries=entries or iter(()), totals=totals)
    for side in ("Debit", "Credit"):
        told = [Decimal(one.text) for one in root.iterfind(f".//s:Line/s:{side}Amount/s:Amount", NS)]
        assert sum(told) == Decimal(text(root, f"//s:Total{side}"))


long_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=300)


@settings(max_examples=40)
@given(long_texts, st.booleans())
@example("x" * 300, True)
def test_another_reader_of_the_schema_has_nothing_against_it(words, is_foreign):
    """C-22: whatever people write into names; the table of the reader was made from the schema, not from the writer."""
    party = replace(HEAD.company, name=words, street=words, city=words, zip=words, phone=words, email=words)
    head = replace(HEAD, company=replace(party, last_name=words), software=(words, words, words), user=words)
    masters = replace(
        MASTERS,
        accounts=tuple(replace(one, name=words) for one in MASTERS.accounts),
        customers=(replace(party, id="7", balances=MASTERS.customers[0].balances),),
        suppliers=(saft.Party(id="8", name=words),),
        taxes=(replace(MASTERS.taxes[0], name=words),),
        analyses=(replace(MASTERS.analyses[0], name=words, type_name=words),),
    )
    entry = changed(1, reference=words, supplier="8")
    if is_foreign:
        entry = replace(entry, description=words, voucher=words, source=words, modified=date(2025, 10, 1))
    found = faults(made(entry, masters, head=head), saft.NORWAY.namespace)
    assert not found


@pytest.mark.parametrize(
    ("path", "spoil", "fault"),
    [
        ("//s:Header/s:Company", lambda one: one.getparent().remove(one), "Header has AuditFileVersion"),
        ("//s:Account[1]/s:AccountID", lambda one: one.getparent().append(one), "Account has AccountDescription"),
        ("//s:TotalDebit", lambda one: setattr(one, "text", "1.234"), "TotalDebit says '1.234'"),
        ("//s:TaxAccountingBasis", lambda one: setattr(one, "text", "B"), "TaxAccountingBasis says 'B'"),
        ("//s:JournalID", lambda one: setattr(one, "text", "x" * 19), "JournalID says"),
        ("//s:JournalID", lambda one: setattr(one, "tag", "JournalID"), "another namespace"),
        ("//s:Type", lambda one: setattr(one, "tag", one.tag + "s"), "Types is unknown"),
    ],
)
def test_the_other_reader_sees_what_is_wrong(path, spoil, fault):
    root = made()
    spoil(root.xpath(path, namespaces=NS)[0])
    assert any(fault in found for found in faults(root, saft.NORWAY.namespace))
