"""Columns of tables of banks that no earlier table had (K-02): told by a name, by a neighbour, or by what they hold."""

from __future__ import annotations

import pytest
from sheet_reading import Read, proposed

POCKETS = """Art,Buchungsdatum,Betrag,Zahlungsempfänger,IBAN,BIC,Verwendungszweck,Kontonummer,Kontoname
Überweisung,20.02.2026,"2.500,00 €",Holz GmbH,DE02120300000000202051,BYLADEM1001,Rechnung 12,{0},Giro
Lastschrift,26.02.2026,"-120,50 €",Bäcker,DE02500105170137075030,INGDDEFF,Brot,{0},Giro
Karte,27.02.2026,"-10,00 €",Bäcker,,,Torte,{1},Spar
"""


def test_k02_the_account_beside_the_code_of_a_bank_is_the_other_partys() -> None:
    text = POCKETS.format("1234567890", "1234567890")
    read = Read(proposed(text), text)
    parties = [entry.details[0].counterparty for entry in read.entries]
    assert [party and (party.name, party.iban) for party in parties] == [
        ("Holz GmbH", "DE02120300000000202051"), ("Bäcker", "DE02500105170137075030"), ("Bäcker", None),
    ]  # fmt: skip
    assert proposed(text).columns["account"] == "Kontonummer"


def test_k02_accounts_of_ones_own_are_kept_apart() -> None:
    text = POCKETS.format("1234567890", "987654321")
    columns = proposed(text).columns
    assert (columns["account"], columns["party_account"]) == ("Kontonummer", "IBAN")
    read = Read(proposed(text), text)
    assert len(read.proofs) == 2


def test_k02_a_column_of_other_ibans_is_the_account_of_the_other_party_whatever_it_is_called() -> None:
    text = (
        "#;Account;Date;Amount;Currency;Name;Number;Bank;Reason\n"
        "1;DE02120300000000202051;2/20/26;2500,00;EUR;Holz;DE02500105170137075030;INGDDEFF;Bill 12\n"
        "2;DE02120300000000202051;2/26/26;-120,50;EUR;Baker;DE02100500000054540402;BELADEBE;Bread\n"
    )
    read = Read(proposed(text), text)
    first = read.entries[0].details[0].counterparty
    assert first is not None and first.iban == "DE02500105170137075030"
    assert (read.amounts, read.texts) == (["2500.00", "-120.50"], ["Bill 12", "Bread"])


def test_k02_names_written_without_blanks_are_known() -> None:
    text = (
        '"Date","Status","CheckNumber","Description","Withdrawal","Deposit","RunningBalance"\n'
        '"02/26/2026","Posted","","Bakery","$120.50","","$3,379.50"\n'
        '"02/20/2026","Posted","","Timber Ltd","","$2,500.00","$3,500.00"\n'
    )
    read = Read(proposed(text), text)
    assert (read.amounts, read.proofs) == (["2500.00", "-120.50"], ["proved"])


def test_k02_three_digits_behind_a_point_are_decimals_where_rates_say_so() -> None:
    head = "TransactionId,Date,Amount,Currency,OriginalAmount,OriginalCurrency,MerchantName,StateType,Exchange Rate\n"
    rows = (
        "T1,2026-02-20 13:11:50,-53.100,CHF,-53.100,CHF,Shop,BOOKED,1.000000\n"
        "T2,2026-02-21 13:11:50,-12.850,CHF,-15.340,USD,Hotel,PENDING,0.837934\n"
    )
    read = Read(proposed(head + rows), head + rows)
    assert read.amounts == ["-53.100", "-12.850"]
    assert [entry.status for entry in read.entries] == ["BOOK", "PDNG"]
    paid = read.entries[1].details[0]
    assert paid.original is not None and (str(paid.original.amount), paid.original.currency) == ("-15.340", "USD")
    assert paid.counterparty is not None and paid.counterparty.name == "Hotel"
    # without a rate a point before three digits stands between thousands
    bare = "Date,Amount,Currency,Text\n2026-02-20,-53.100,EUR,a\n2026-02-21,-12.850,EUR,b\n"
    assert Read(proposed(bare), bare).amounts == ["-53100", "-12850"]


@pytest.mark.parametrize("name", ["Execution date", "Tag der Erfassung"])
def test_k02_the_day_of_value_is_not_the_day_of_booking_where_another_one_stands_beside_it(name: str) -> None:
    text = (
        f"{name};Text;Debit;Credit;Value date\n"
        "26.02.2026;Bakery;120.50;;25.02.2026\n20.02.2026;Timber;;250;20.02.2026\n"
    )
    read = Read(proposed(text), text)
    assert [(entry.booking_date.day, entry.value_date.day) for entry in read.entries] == [(20, 20), (26, 25)]


def test_k02_the_day_of_value_alone_is_the_day_of_booking() -> None:
    text = (
        "F. VALOR;CATEGORÍA;DESCRIPCIÓN;IMPORTE (€);SALDO (€)\n"
        "26/02/2026;x;Pan;-120,50;879,50\n20/02/2026;x;Madera;250,00;1000,00\n"
    )
    read = Read(proposed(text), text)
    assert [entry.booking_date.day for entry in read.entries] == [20, 26]
    assert (read.texts, read.proofs) == (["Madera", "Pan"], ["proved"])


def test_k02_single_payments_of_an_order_are_its_details() -> None:
    text = (
        "Auftragsdatum;Buchungstext;Betrag Einzelzahlung (CHF);Belastungsbetrag (CHF);Gutschriftsbetrag (CHF)"
        ";Saldo (CHF)\n"
        "26.02.2026;Zahlungsauftrag;;284.4;;715.6\n;Holz AG;184.4;;;\n;Brot AG;100;;;\n"
        "20.02.2026;Kunde;;;500;1000\n"
    )
    read = Read(proposed(text), text)
    assert (read.amounts, read.proofs) == (["500", "-284.4"], ["proved"])
    assert [str(one.money.amount) for one in read.entries[1].details if one.money] == ["-184.4", "-100"]


def test_k02_the_reference_of_a_bill_is_part_of_the_text() -> None:
    text = (
        '"Date";"Libellé";"Numéro de référence";"Montant";"Valeur"\n'
        '"23.02.2026";"Client SA";"21 00000 00003 13947 14300 09017";"918,85";"23.02.2026"\n'
        '"20.02.2026";"Bois SA";;"-15,50";"20.02.2026"\n'
    )
    read = Read(proposed(text), text)
    assert read.entries[1].account_servicer_reference is None
    assert read.texts[1] == "Client SA 21 00000 00003 13947 14300 09017"


def test_k02_what_shops_paid_back_does_not_hide_that_a_table_is_one_of_a_card() -> None:
    text = (
        "Datum;Beschreibung;Karte;Währung;Betrag\n26/02/2026;Laden A;**1;CHF;39.64\n25/02/2026;Laden B;**1;CHF;-22.35\n"
        "24/02/2026;Laden C;**1;CHF;5.00\n23/02/2026;Laden D;**1;CHF;7.00\n19/02/2026;Ihre Zahlung;;CHF;-447.30\n"
    )
    assert Read(proposed(text), text).amounts == ["447.30", "-7.00", "-5.00", "22.35", "-39.64"]
