"""Columns of tables of banks that no earlier table had (K-02): told by a name, by a neighbour, or by what they hold."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from sheet_reading import Read, proposed

from odoo.addons.finance_bank_sync.formats.model import Entry
from odoo.addons.finance_bank_sync.formats.sheet.reader import Sheet
from odoo.addons.finance_bank_sync.formats.sheet.samples import samples
from odoo.addons.finance_bank_sync.formats.sheet.tables import Tables
from odoo.addons.finance_bank_sync.proof.read import proofs

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


def test_k02_accounts_of_payer_and_payee_are_not_taken_for_the_other_partys() -> None:
    text = (
        "Datum;Text;Konto A;Konto B;Betrag\n"
        "20.02.2026;Holz;DE02500105170137075030;DE02120300000000202051;2500,00\n"
        "26.02.2026;Brot;DE02120300000000202051;DE02100500000054540402;-120,50\n"
    )
    assert "party_account" not in proposed(text).columns


@pytest.mark.parametrize(
    "head",
    [
        "Kirjauspäivä;Summa;Tapahtumalaji;Maksaja;Saajan nimi;Saajan tilinumero;Viitenumero;Viesti;Arkistointitunnus",
        "Bokningsdag;Belopp;Betalningstyp;Betalare;Mottagarens namn;Mottagarens kontonummer;Referensnummer;Meddelande"
        ";Arkiveringskod",
    ],
)
def test_k02_the_account_of_who_was_paid_is_ones_own_in_half_of_the_rows(head: str) -> None:
    text = (
        f"{head}\n20.02.2026;2500,00;TILISIIRTO;Asiakas Oy;Oma Oy;FI2112345600000785;13;Lasku;2026A\n"
        "26.02.2026;-120,50;OSTO;Oma Oy;Kauppa;FI5810171000000122;;Leipä;2026B\n"
    )
    read = Read(proposed(text), text)
    assert read.amounts == ["2500.00", "-120.50"]
    assert [entry.details[0].counterparty for entry in read.entries] == [None, None]
    assert [entry.account_servicer_reference for entry in read.entries] == ["2026A", "2026B"]
    assert read.texts == ["Asiakas Oy Oma Oy 13 Lasku", "Oma Oy Kauppa Leipä"]


@pytest.mark.parametrize(
    "head",
    [
        "Datum;Auftraggeber;Auftraggeber IBAN;Empfänger;Empfänger IBAN;Betrag;Text",
        "Datum;Auftraggeber;IBAN Auftraggeber;Empfänger;IBAN Empfänger;Betrag;Text",
        "Date;Payer;Payer account;Payee;Payee account;Amount;Text",
    ],
)
def test_k02_accounts_beside_payer_and_payee_are_not_the_other_partys(head: str) -> None:
    text = (
        f"{head}\n20.02.2026;Holz;DE02500105170137075030;Wir;DE02120300000000202051;2500,00;a\n"
        "26.02.2026;Wir;DE02120300000000202051;Brot;DE02100500000054540402;-120,50;b\n"
    )
    assert not {"party", "party_account"} & proposed(text).columns.keys()


def test_k02_letters_with_accents_do_not_part_a_name() -> None:
    text = "DATUM KNJIŽENJA;RAČUN;ZNESEK;NAMEN\n20.02.2026;SI56040000280821828;250,00;a\n"
    text += "26.02.2026;SI56040000280821828;-1,00;b\n"
    assert proposed(text).columns["account"] == "RAČUN"


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


def test_k02_days_of_value_and_parts_of_an_order_have_short_names_too() -> None:
    text = (
        "Buchungstag;Wert;Verwendungszweck;Soll;Haben;Sous-montant\n26.02.2026;27.02.2026;Auftrag;-284.4;;\n"
        ";;Holz AG;;;-184.4\n;;Brot AG;;;-100\n20.02.2026;21.02.2026;Kunde;;500;\n"
    )
    read = Read(proposed(text), text)
    assert [entry.value_date and entry.value_date.day for entry in read.entries] == [21, 27]
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


ITALIAN = """;;Controvalore in:;EUR;;;
;;;Operazioni contabilizzate;;;
Data contabile;Data valuta;Descrizione;Accrediti;Addebiti;Descrizione estesa;
;;Saldo contabile iniziale in Euro;1.000,00;;;
20/02/26;19/02/26;Bonifico;2.500,00;;Legno Srl;
26/02/26;26/02/26;POS;;-120,50;Pane;
;;Saldo contabile finale in Euro;3.379,50;;;
;;;Operazioni non contabilizzate;;;
;Data;Descrizione;Accrediti;Addebiti;Descrizione estesa;
;27/02/26;POS;;-10,00;Torta;
"""


def read_booked(text: str) -> tuple[list[str], list[str | None], list[str]]:
    """:return: amounts and texts of what is booked, and the proofs"""
    sample = samples(text.encode())[0]
    assert sample.found is not None
    sheet = Sheet(replace(sample.found.profile, account="1", currency="EUR"))
    events = list(Tables([sheet]).parse(io.BytesIO(text.encode())))
    entries = [event for event in events if isinstance(event, Entry)]
    return (
        [str(entry.money.amount) for entry in entries],
        [entry.details[0].remittance for entry in entries],
        [told.proof.state for told in proofs(iter(events))],
    )


def test_k02_balances_around_the_bookings_of_an_italian_bank_prove_them() -> None:
    # what is not booked yet is no booking of the account
    assert read_booked(ITALIAN) == (["2500.00", "-120.50"], ["Bonifico Legno Srl", "POS Pane"], ["proved"])


def test_k02_a_balance_without_a_sign_does_not_refuse_debits_with_one() -> None:
    text = ITALIAN.replace("iniziale in Euro;1.000,00;", "iniziale in Euro;;1.000,00")
    assert read_booked(text)[0] == ["2500.00", "-120.50"]


def test_k02_sums_of_what_came_in_and_went_out_are_no_bookings() -> None:
    text = (
        "Data Op.,Data Val.,Causale,Descrizione,Importo,Div.,\n26/02/2026,26/02/2026,SPESE,Pane,-120.50,EUR,\n"
        "20/02/2026,20/02/2026,BONIFICO,Legno,250.00,EUR,\n,,,,,,\n,,,Totale Entrate €,250.00,,\n"
        ",,,Totale Uscite €,120.50,,\n,,,Totale Movimenti €,129.50,,\n"
    )
    assert Read(proposed(text), text).amounts == ["250.00", "-120.50"]


def test_k02_an_amount_is_in_the_currency_of_its_header_where_a_row_names_the_one_that_was_paid() -> None:
    text = (
        "Data,Riferimento,Descrizione,Importo originale in Divisa,Divisa,Importo (€)\n"
        "25/12/2025,0811,Libri,,,-6.99\n23/12/2025,0650,Hotel,-10.00,USD,-9.50\n"
    )
    read = Read(replace(proposed(text), currency="EUR"), text)
    assert [(str(entry.money.amount), entry.money.currency) for entry in read.entries] == [
        ("-9.50", "EUR"), ("-6.99", "EUR"),
    ]  # fmt: skip
    paid = read.entries[0].details[0].original
    assert paid is not None and (str(paid.amount), paid.currency) == ("-10.00", "USD")
    # one currency in all rows is the one of the account, whatever a header says of all accounts
    same = text.replace("Libri,,,", "Libri,-8,USD,")
    assert proposed(same).columns["currency"] == "Divisa"


def test_k02_who_pays_all_is_who_holds_the_card_and_what_payers_write_is_text() -> None:
    text = (
        "Date,ID,Description,Reference,Payer,Amount,Balance,Beneficiary IBAN\n"
        "20/02/2026,a-1,To Timber,INV 7,Max,-50.00,950.00,DE02120300000000202051\n"
        "26/02/2026,a-2,Shop,,Max,-20.00,930.00,\n"
    )
    read = Read(proposed(text), text)
    first = read.entries[0].details[0].counterparty
    assert first is not None and (first.name, first.iban) == (None, "DE02120300000000202051")
    assert (read.texts, read.proofs) == (["To Timber INV 7", "Shop"], ["proved"])


def test_k02_bookings_that_the_balance_holds_are_read_before_their_day_of_booking_is_told() -> None:
    text = (
        "Data dell'operazione;Data di registrazione;Data di valuta;Importo;Saldo;Descrizione1\n"
        "2026-02-28;;2026-02-28;100.00;1100.00;Cliente\n2026-02-27;2026-03-01;2026-02-27;-20.00;1000.00;Pane\n"
    )
    read = Read(proposed(text), text)
    assert ([entry.booking_date.day for entry in read.entries], read.proofs) == ([27, 28], ["proved"])
    told = text.replace("2026-02-28;;", "2026-02-28;2026-03-02;")
    assert [entry.booking_date.month for entry in Read(proposed(told), told).entries] == [3, 3]
