"""What ``tools/inspect-statement`` says of a table without its profile, and of what is no statement (K-02).

All names and figures are made up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from odoo.addons.finance_bank_sync.inspection import Refused, inspect_file

OWN = "DE84999400100123456789"


def look(tmp_path: Path, content: str | bytes, name: str = "export.csv") -> dict[str, Any]:
    """:return: the one statement of a file"""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (statement,) = inspect_file(path, entries=True)
    return statement


def refusal(tmp_path: Path, content: str | bytes, name: str = "file") -> Refused:
    with pytest.raises(Refused) as refused:
        look(tmp_path, content, name)
    return refused.value


def amounts(statement: dict[str, Any]) -> list[tuple[str | None, str, str]]:
    return [(line["booking_date"], line["amount"], line["status"]) for line in statement["lines"]]


def test_k02_a_table_is_read_by_what_it_shows_and_says_so(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        "Auftragskonto;Buchungstag;Betrag;Waehrung;Name Zahlungsbeteiligter;Verwendungszweck;Saldo nach Buchung\n"
        f"{OWN};02.03.2026;-12,50;EUR;Nordlicht Energie;Abschlag März;87,50\n"
        f"{OWN};01.03.2026;100,00;EUR;Rosa Lindner;Rechnung 7;100,00\n",
    )
    assert (found["format"], found["account"], found["currency"]) == ("csv", OWN, "EUR")
    assert (found["opening"], found["closing"], found["proof"]) == ("0.00", "87.50", "proved")
    assert amounts(found) == [("2026-03-01", "100.00", "BOOK"), ("2026-03-02", "-12.50", "BOOK")]
    assert found["profile"]["columns"]["account"] == "Auftragskonto"
    assert found["warnings"] == [["columns_proposed", "header row"]]


def test_k02_account_and_currency_stand_above_the_table(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        f'"Konto";="{OWN}"\n"Währung";="EUR"\n\nDatum;Betrag;Text;Währung;Währung\n01.03.2026;-1,00;Gebühr;;\n',
    )
    assert (found["account"], found["currency"], found["sum"]) == (OWN, "EUR", "-1.00")


@pytest.mark.parametrize(("column", "code"), [("Amount (GBP)", "GBP"), ("Betrag (€)", "EUR"), ("Amount", None)])
def test_k02_the_column_names_the_currency(tmp_path: Path, column: str, code: str | None) -> None:
    found = look(tmp_path, f"Date,{column},Memo\n2026-03-01,5.00,Tea\n")
    assert (found["currency"], found["lines"][0]["currency"]) == (code, code)


def test_k02_several_currencies_are_summed_each_for_itself(tmp_path: Path) -> None:
    found = look(tmp_path, "Date,Amount,Currency\n2026-03-01,5.00,EUR\n2026-03-02,-2.00,USD\n2026-03-03,1.00,EUR\n")
    assert found["sums"] == {"EUR": "6.00", "USD": "-2.00"}


def test_k02_days_that_fit_both_orders_are_named(tmp_path: Path) -> None:
    found = look(tmp_path, "Date,Amount,Memo\n01/02/2026,5.00,Tea\n03/04/2026,6.00,Milk\n")
    assert ["date_order_proposed", "%d/%m/%Y"] in found["warnings"]


def test_k02_a_workbook_is_a_table_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("Date", "Amount", "Currency", "Description"), ("2026-03-01", 7.25, "EUR", "Refund")):
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    (found,) = inspect_file(tmp_path / "book.xlsx", entries=True)
    assert (found["format"], found["currency"], found["sum"]) == ("xlsx", "EUR", "7.25")


def test_k02_a_table_nobody_can_tell_is_refused_with_the_way_out(tmp_path: Path) -> None:
    refused = refusal(tmp_path, "03/01/2026,4.50,7.25,COFFEE\n05/01/2026,1.50,2.25,TEA\n", "x.csv")
    assert (refused.code, "sheet profile" in refused.message) == ("format_unknown", True)


def test_k02_a_row_that_does_not_fit_names_its_place(tmp_path: Path) -> None:
    refused = refusal(tmp_path, "Date,Amount,Memo\n2026-03-01,5.00,Tea\n2026-03-02,five,Milk\n", "x.csv")
    assert (refused.code, refused.place) == ("amount_invalid", "line 3, column amount (Amount)")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt/></Document>', "pain.002"),
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>', "file of payments"),
        ('<d:Document xmlns:d="http://example.test/de/pain.002.001.03.ch.02.xsd"/>', "payment status report"),
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.086.001.02"/>', "fees"),
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"/>', "pacs.008"),
        ("<Invoice/>", "XML file of another kind"),
        ("<!DOCTYPE html><html></html>", "web page"),
        ("%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
        (b"\x1f\x8b\x08\x00", "gzip"),
    ],
)
def test_k02_what_is_no_statement_is_called_by_its_name(tmp_path: Path, content: str | bytes, says: str) -> None:
    refused = refusal(tmp_path, content)
    assert (refused.code, says in refused.message) == ("format_unknown", True)


def test_k02_what_nobody_knows_is_not_named(tmp_path: Path) -> None:
    assert refusal(tmp_path, "just a letter\nwithout figures\n").message.endswith("that are read")
