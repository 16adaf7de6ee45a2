"""SAF-T Financial, Norway 1.30: order and form of the elements, keys, totals (C-20, C-22)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from saft_grammar import faults
from saft_sample import ENTRY, HEAD, JOURNAL, MASTERS, TOTALS, account, changed, ledger, ledgers, parsed

from odoo.addons.finance_consolidation_export.extracts import saft_facts as saft
from odoo.addons.finance_consolidation_export.extracts.saft_norway import Norway

NS = {"s": Norway.namespace}


def made(*args, **values):
    return parsed(Norway, *args, **values)


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


@given(ledgers)
def test_totals_are_those_of_the_lines(amounts):
    entries, totals = ledger(amounts)
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
    found = faults(made(entry, masters, head=head), Norway.namespace)
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
    assert any(fault in found for found in faults(root, Norway.namespace))
