"""Amounts of a camt file without ``Ccy``: what books needs one, what only says more refuses no file (K-02)."""

from __future__ import annotations

from decimal import Decimal

import camt_text
import pytest

from odoo.addons.finance_bank_sync.formats.model import NO_CURRENCY, Detail, Money

BOOKED = '<Ntry>\n<Amt Ccy="EUR">100.00</Amt>'
DETAIL = '</Refs>\n<Amt Ccy="EUR">100.00</Amt>'
OPENING = '<Amt Ccy="EUR">0.00</Amt>'
WARNING = "amount_without_currency"


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def with_charges(charges: str) -> str:
    return camt_text.changed("</AcctSvcrRef>", f"</AcctSvcrRef><Chrgs>{charges}</Chrgs>")


def collective(*amounts: str) -> tuple[list[Detail], list[str]]:
    """:return: details of an entry of 100.00, and the codes of the warnings"""
    details = "".join(f"<TxDtls><Amt{amount}</Amt></TxDtls>" for amount in amounts)
    whole = camt_text.document()
    text = whole[: whole.index("<TxDtls>")] + details + whole[whole.index("</NtryDtls>") :]
    return list(camt_text.entry(text).details), [code for code, _place in camt_text.warnings(text)]


@pytest.mark.parametrize(("old", "place"), [(BOOKED, "Ntry[1]/Amt"), (OPENING, "Bal[1]/Amt")])
def test_k02_the_account_tells_what_a_booked_amount_is_in(old: str, place: str) -> None:
    text = camt_text.changed(old, old.replace(' Ccy="EUR"', ""))
    assert camt_text.entry(text).money == eur("100.00")
    assert camt_text.warnings(text) == [(WARNING, place)]
    refused = camt_text.error(camt_text.changed("<Ccy>EUR</Ccy>", "", text))
    assert (refused.code, refused.place.partition("/")[2]) == ("currency_missing", place)
    assert "Acct/Ccy" in refused.message


@pytest.mark.parametrize(
    ("charges", "expected"),
    [
        ("<Rcrd><Amt>2.50</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd>", "EUR"),
        ("<Rcrd><Amt>2.50</Amt></Rcrd>", NO_CURRENCY),
        ("<Rcrd><Amt>2.50</Amt><ChrgInclInd>false</ChrgInclInd></Rcrd>", NO_CURRENCY),
        ("<TtlChrgsAndTaxAmt>2.50</TtlChrgsAndTaxAmt>", NO_CURRENCY),
        ("<Amt>2.50</Amt>", NO_CURRENCY),
    ],
)
def test_k02_only_a_charge_inside_of_the_amount_must_be_in_its_currency(charges: str, expected: str) -> None:
    text = with_charges(charges)
    [charge] = camt_text.entry(text).charges
    assert charge.money == Money(amount=Decimal("-2.50"), currency=expected)
    assert [code for code, _place in camt_text.warnings(text)] == [WARNING]


def test_k02_details_that_add_up_to_their_entry_are_in_its_currency() -> None:
    details, warnings = collective(">60.00", ">40.00")
    assert [detail.money for detail in details] == [eur("60.00"), eur("40.00")]
    assert warnings == [WARNING]
    details, _warnings = collective(">60.00", ' Ccy="EUR">40.00')
    assert [detail.money for detail in details] == [eur("60.00"), eur("40.00")]


@pytest.mark.parametrize("other", [">50.00", ' Ccy="USD">40.00', ' Ccy="EUR">50.00'])
def test_k02_details_that_do_not_add_up_are_not_taken_for_its_currency(other: str) -> None:
    details, warnings = collective(">60.00", other)
    assert details[0].money is None
    assert warnings == [WARNING]


@pytest.mark.parametrize("amount", ["100.00", "90.00"])
def test_k02_the_only_detail_of_an_entry_has_its_amount(amount: str) -> None:
    detail = camt_text.entry(camt_text.changed(DETAIL, f"</Refs>\n<Amt>{amount}</Amt>")).details[0]
    assert (detail.money, detail.original) == (eur("100.00"), None)


def test_k02_what_only_says_more_is_kept_without_a_currency_or_left_out() -> None:
    more = "<AmtDtls><InstdAmt><Amt>90.00</Amt></InstdAmt></AmtDtls>\n<RltdPties>"
    text = camt_text.changed("<RltdPties>", more)
    document = "<Strd><RfrdDocInf><Nb>R1</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt>5</RmtdAmt></RfrdDocAmt></Strd></RmtInf>"
    batch = "<NtryDtls>\n<Btch><NbOfTxs>1</NbOfTxs><TtlAmt>100.00</TtlAmt></Btch>"
    text = camt_text.changed("</RmtInf>", document, camt_text.changed("<NtryDtls>", batch, text))
    entry = camt_text.entry(text)
    detail = entry.details[0]
    assert (detail.money, detail.original, detail.instructed) == (eur("100.00"), None, None)
    assert detail.document_amounts == (Money(amount=Decimal(5), currency=NO_CURRENCY),)
    assert entry.batch is not None and entry.batch.total == 100
    assert [code for code, _place in camt_text.warnings(text)] == [WARNING]
