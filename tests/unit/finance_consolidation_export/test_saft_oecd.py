"""SAF-T 2.0 of the OECD: order and form of the elements, totals, and any ledger makes a valid file (C-20, C-22)."""

import io
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from saft_grammar import faults
from saft_oecd_grammar import FORMS, GRAMMAR
from saft_sample import ENTRY, HEAD, MASTERS, account, changed, content, ledger, ledgers, parsed

from odoo.addons.finance_consolidation_export.extracts import saft_facts as saft
from odoo.addons.finance_consolidation_export.extracts.saft_oecd import Oecd

NS = {"s": "urn:OECD:StandardAuditFile-Taxation/2.00"}


def made(*args, **values):
    return parsed(Oecd, *args, **values)


def text(root, path):
    return root.xpath(f"string({path})", namespaces=NS)


def names(root, path):
    [element] = root.xpath(path, namespaces=NS)
    return [etree.QName(child).localname for child in element]


def wrong(root, namespace=NS["s"]):
    return faults(root, namespace, GRAMMAR, FORMS)


def test_elements_are_those_of_the_base_schema_in_their_order():
    root = made(changed(2, reference="INV/1"))
    assert not wrong(root)
    assert names(root, "/s:AuditFile") == ["Header", "MasterFiles", "GeneralLedgerEntries"]
    assert names(root, "//s:Header")[-2:] == ["SelectionCriteria", "TaxAccountingBasis"], "no user is named"
    assert names(root, "//s:Account[1]")[2:6] == [
        "GroupingCategory",
        "GroupingCode",
        "AccountType",
        "AccountCreationDate",
    ]
    assert names(root, "//s:Customer")[-4:] == ["CustomerID", "AccountID", "OpeningDebitBalance", "ClosingDebitBalance"]
    assert names(root, "//s:TaxCodeDetails") == ["TaxCode", "Description", "TaxPercentage", "Country"]
    assert names(root, "//s:Transaction")[4:6] == ["SourceID", "TransactionType"]
    assert names(root, "//s:Line[3]") == [
        *("RecordID", "AccountID", "SourceDocumentID", "CustomerID", "Description", "DebitAmount")
    ]
    assert names(root, "//s:TaxInformation") == ["TaxType", "TaxCode", "TaxPercentage", "TaxBase", "TaxAmount"]


def test_what_it_says():
    masters = replace(MASTERS, accounts=(*MASTERS.accounts, account("4000"), account("9000")))
    root = made(masters=masters)
    assert text(root, "//s:AuditFileVersion") == "2.00"
    assert text(root, "//s:AuditFileCountry") == "NO"
    assert text(root, "//s:Company/s:Address/s:PostalCode") == "-", "the schema wants one"
    kinds = [kind.text for kind in root.iterfind(".//s:AccountType", NS)]
    assert kinds == ["Asset", "Liability", "Sale", "Liability", "Other"]
    assert text(root, "//s:Line[1]/s:Analysis/s:AnalysisAmount/s:Amount") == "60.00", "on the side of its line"
    assert text(root, "//s:Line[2]/s:TaxInformation/s:TaxAmount/s:Amount") == "25.00"
    assert text(root, "//s:Line[1]/s:CreditAmount/s:ExchangeRate") == "12.5"


def test_a_share_against_the_side_of_its_line_is_negative():
    root = made(changed(0, analyses=(("P1", "2000", Decimal("20.00")),)))
    assert text(root, "//s:AnalysisAmount/s:Amount") == "-20.00"
    assert not wrong(root)


def test_groupings_are_the_country_s_and_may_be_missing():
    accounts = (
        replace(MASTERS.accounts[0], category="", code="B.II"),
        replace(MASTERS.accounts[1], category="", code=""),
        MASTERS.accounts[2],
    )
    root = made(masters=replace(MASTERS, accounts=accounts))
    assert not wrong(root)
    assert text(root, "//s:Account[1]/s:StandardAccountID") == "B.II"
    assert names(root, "//s:Account[2]")[2] == "AccountType"


def test_several_accounts_of_a_customer_have_one_balance():
    balances = (("1500", Decimal("1.00"), Decimal("-4.00")), ("2700", Decimal("2.00"), Decimal("1.00")))
    root = made(masters=replace(MASTERS, customers=(replace(MASTERS.customers[0], balances=balances),)))
    assert not wrong(root)
    assert names(root, "//s:Customer")[-3:] == ["CustomerID", "OpeningDebitBalance", "ClosingCreditBalance"]
    assert text(root, "//s:Customer/s:OpeningDebitBalance") == "3.00"
    assert text(root, "//s:Customer/s:ClosingCreditBalance") == "3.00"


def test_a_country_may_have_a_namespace_of_its_own():
    root = made(namespace="urn:example?a=1&b=2")
    assert not wrong(root, "urn:example?a=1&b=2")
    assert wrong(root)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"head": replace(HEAD, country="")}, "has no country"),
        ({"head": replace(HEAD, company=replace(HEAD.company, registration=""))}, "registration number"),
        ({"masters": replace(MASTERS, taxes=(replace(MASTERS.taxes[0], id="x" * 10),))}, "between 1 and 9"),
        ({"masters": replace(MASTERS, accounts=())}, "no account"),
        ({"masters": replace(MASTERS, customers=MASTERS.customers * 2)}, "Two of one identifier: customer 7"),
        ({"masters": replace(MASTERS, customers=())}, "customer 7 is not in the master files"),
    ],
)
def test_what_the_schema_would_refuse_is_refused(values, why):
    with pytest.raises(saft.SaftError, match=why):
        made(**values)


def test_master_data_are_read_once_and_are_in_each_file():
    """Generators, which end: whoever kept or read them twice would have nothing for the second file."""
    masters = saft.Masters(
        accounts=iter(MASTERS.accounts),
        customers=iter(MASTERS.customers),
        taxes=iter(MASTERS.taxes),
        analyses=iter(MASTERS.analyses),
    )
    spool = io.BytesIO()
    writer = Oecd(HEAD, masters, spool)
    files = []
    for _number in range(2):
        stream = io.BytesIO()
        writer.write(saft.Totals(), (), stream)
        files.append(stream.getvalue())
    assert files[0] == files[1]
    assert content(Oecd).split(b"<GeneralLedgerEntries>")[0] == files[0].split(b"<GeneralLedgerEntries>")[0]


@given(ledgers)
def test_any_ledger_makes_a_valid_file_with_its_totals(amounts):
    """The totals are the control sums of the lines, and an account closes with what its lines have moved."""
    entries, totals = ledger(amounts)
    moved = defaultdict(Decimal)
    for _journal, entry in entries:
        for one in entry.lines:
            moved[one.account] += one.amount
    accounts = tuple(replace(one, opening=Decimal(0), closing=moved[one.id]) for one in MASTERS.accounts)
    root = made(entries=entries or iter(()), totals=totals, masters=replace(MASTERS, accounts=accounts))
    assert not wrong(root)
    assert int(text(root, "//s:NumberOfEntries")) == len(root.findall(".//s:Transaction", NS))
    for side in ("Debit", "Credit"):
        told = [Decimal(one.text) for one in root.iterfind(f".//s:Line/s:{side}Amount/s:Amount", NS)]
        assert sum(told) == Decimal(text(root, f"//s:Total{side}"))
    assert text(root, "//s:TotalDebit") == text(root, "//s:TotalCredit")


long_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=300)


@settings(max_examples=40)
@given(long_texts)
@example("x" * 300)
@example("]]>&<\r\n")
def test_another_reader_of_the_schema_has_nothing_against_it(words):
    """C-22: whatever people write into names; the table of the reader was made from the schema, not from the writer."""
    party = replace(HEAD.company, name=words, street=words, city=words, zip=words, phone=words, email=words)
    head = replace(HEAD, company=replace(party, first_name=words, last_name=words), software=(words,) * 3, user=words)
    masters = replace(
        MASTERS,
        accounts=tuple(replace(one, name=words) for one in MASTERS.accounts),
        customers=(replace(party, id="7", balances=MASTERS.customers[0].balances),),
        suppliers=(saft.Party(id="8", name=words),),
        taxes=(replace(MASTERS.taxes[0], name=words, country=""),),
        analyses=(replace(MASTERS.analyses[0], name=words, type_name=words),),
    )
    entry = replace(changed(1, reference=words, supplier="8", description=words), description=words, source=words)
    assert not wrong(made(entry, masters, head=head))


@pytest.mark.parametrize(
    ("path", "spoil", "fault"),
    [
        ("//s:Header/s:Company", lambda one: one.getparent().remove(one), "Header has AuditFileVersion"),
        ("//s:Account[1]/s:AccountType", lambda one: one.getparent().append(one), "Account has AccountID"),
        ("//s:Company//s:City", lambda one: one.getparent().remove(one), "Address has PostalCode"),
        ("//s:TotalDebit", lambda one: setattr(one, "text", "1.234"), "TotalDebit says '1.234'"),
        ("//s:TaxCodeDetails/s:TaxCode", lambda one: setattr(one, "text", "x" * 10), "TaxCode says"),
        ("//s:TaxAmount", lambda one: setattr(one, "tag", one.tag.replace("TaxA", "CreditTaxA")), "TaxInformation has"),
    ],
)
def test_the_other_reader_sees_what_is_wrong(path, spoil, fault):
    root = made(ENTRY)
    spoil(root.xpath(path, namespaces=NS)[0])
    assert any(fault in found for found in wrong(root))
