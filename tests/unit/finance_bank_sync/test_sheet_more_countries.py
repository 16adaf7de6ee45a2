"""More tables of banks (K-02): who the other party is, which way the money went, in which currency it was booked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sheet_reading import Read, proposed

from odoo.addons.finance_bank_sync.formats.sheet.guess import guess

DUTCH = """Rekeningnummer;Transactiedatum;Valutacode;CreditDebet;Bedrag;Tegenrekeningnummer;Tegenrekeninghouder;Betaalwijze;Omschrijving
NL91ABNA0417164300;20-02-2026;EUR;C;2500,00;NL20INGB0001234567;Hout BV;Overboeking;Factuur 12
NL91ABNA0417164300;26-02-2026;EUR;D;120,50;NL20INGB0001234567;Bakker;Betaalautomaat;Brood
"""  # noqa: E501
AUSTRIAN = """IBAN;Buchungsdatum;Valutadatum;Buchungstext;Währung;Betrag (€);Auftraggeber/Empfänger IBAN;Auftraggeber/Empfänger Name
AT611904300234573201;20.02.2026;20.02.2026;Rechnung 12;EUR;2.500,00;AT483200000012345864;Holz GmbH
AT611904300234573201;26.02.2026;26.02.2026;Semmeln;EUR;-120,50;;
"""  # noqa: E501
PROGRAM = """KONTO_NAME;KONTO_IBAN;BUCHUNGSDATUM;BETRAG;WAEHRUNG;VERWENDUNGSZWECK;EMPFAENGER_NAME;EMPFAENGER_IBAN;SEPA_END_TO_END
Giro;DE02120300000000202051;20.02.2026;2.500,00;EUR;Rechnung 12;Holz GmbH;DE02500105170137075030;E-1
Giro;DE02120300000000202051;26.02.2026;-120,50;EUR;Brot;Bäcker;DE02100500000054540402;
"""  # noqa: E501
HUNGARIAN = """Könyvelés dátuma;Könyvelési számla;Partner számla;Partner elnevezése;Összeg;Összeg devizaneme;Közlemény
2026.02.20;104012345678901200000000;HU42117730161111101800000000;Fa Kft;2500;HUF;12. számla
2026.02.26;104012345678901200000000;;Pék;-120;HUF;kenyér
"""
SLOVENE = """RAČUN;DATUM KNJIŽENJA;DOBRO;BREME;VALUTA;NAMEN;SKLIC V DOBRO;UDELEŽENEC - RAČUN;UDELEŽENEC - NAZIV
SI56191000000123438;20.02.2026;2.500,00;;EUR;Račun 12;SI00 12;SI56610000000123456;Les d.o.o.
SI56191000000123438;26.02.2026;;120,50;EUR;Kruh;;;Pekarna
"""
SLOVAK = """Dátum zaúčtovania;Suma transakcie;Mena;Názov protiúčtu;Protiúčet;Var. symbol;Popis transakcie
20.02.2026;2 500,00;EUR;Drevo s.r.o.;SK8975000000000012345671;260012;Faktúra
26.02.2026;-120,50;EUR;Pekáreň;;;Chlieb
"""
BAVARIAN = """Kontonummer;Buchungsdatum;Valuta;Empfaenger 1;Empfaenger 2;Verwendungszweck;Betrag;Waehrung
12345678;20.02.2026;20.02.2026;Holz;GmbH;Rechnung 12;2.500,00;EUR
12345678;26.02.2026;26.02.2026;Bäcker;;Brot;-120,50;EUR
"""
SAVER = """Buchungsdatum;Kontoinhaber;Kontonummer / IBAN;Verwendungszweck;Betrag;Währung
2026-02-20;Holz GmbH;DE02120300000000202051;Rechnung 12;2500.00;EUR
2026-02-26;Bäcker;DE02500105170137075030;Brot;-120.50;EUR
"""


@pytest.mark.parametrize(
    ("text", "name", "account", "remittance"),
    [
        (DUTCH, "Hout BV", "NL20INGB0001234567", "Factuur 12"),
        (AUSTRIAN, "Holz GmbH", "AT483200000012345864", "Rechnung 12"),
        (PROGRAM, "Holz GmbH", "DE02500105170137075030", "Rechnung 12"),
        (HUNGARIAN, "Fa Kft", "HU42117730161111101800000000", "12. számla"),
        (SLOVENE, "Les d.o.o.", "SI56610000000123456", "Račun 12 SI00 12"),
        (SLOVAK, "Drevo s.r.o.", "SK8975000000000012345671", "260012 Faktúra"),
        (BAVARIAN, "Holz", None, "GmbH Rechnung 12"),
        (SAVER, "Holz GmbH", "DE02120300000000202051", "Rechnung 12"),
    ],
)
def test_k02_party_account_and_text_are_found(text: str, name: str, account: str | None, remittance: str) -> None:
    read = Read(proposed(text), text)
    assert [entry.money.amount < 0 for entry in read.entries] == [False, True]
    detail = read.entries[0].details[0]
    assert detail.counterparty is not None
    assert detail.counterparty.name == name
    assert (detail.counterparty.iban or detail.counterparty.account_number) == account
    assert detail.remittance == remittance


@pytest.mark.parametrize(
    ("name", "debit", "credit"),
    [
        ("Směr úhrady", "Odchozí", "Příchozí"),
        ("Terhelés vagy jóváírás (T/J)", "T", "J"),
        ("Bejövő/Kimenő", "Kimenő", "Bejövő"),
        ("Richtung", "Ausgang", "Eingang"),
        ("Segno", "Uscita", "Entrata"),
    ],
)
def test_k02_a_column_tells_the_direction_in_more_languages(name: str, debit: str, credit: str) -> None:
    text = f"Date;{name};Amount;Text\n20.02.2026;{credit};2500,00;a\n26.02.2026;{debit};120,50;b\n"
    found = guess(text.encode())
    assert found is not None and not found.is_undirected
    assert Read(found.profile, text).amounts == ["2500.00", "-120.50"]


CARD = """datum verrichting;bedrag;credit;debet;munt;koers;bedrag in EUR;Handelaar
20/02/2026;250,00;250,00;;EUR;1;250,00;Terugbetaling
26/02/2026;-20,00;;-20,00;USD;1,1;-18,18;Bakery
"""


def test_k02_a_card_that_was_used_abroad_is_booked_in_its_own_currency() -> None:
    read = Read(replace(proposed(CARD), currency="EUR"), CARD)
    assert read.amounts == ["250.00", "-18.18"]
    assert {entry.money.currency for entry in read.entries} == {"EUR"}
    paid = read.entries[1].details[0]
    assert paid.original is not None and paid.exchange is not None
    assert (str(paid.original.amount), paid.original.currency, str(paid.exchange.rate)) == ("-20.00", "USD", "1.1")
    assert read.entries[0].details[0].original is None


def test_k02_amounts_that_a_report_converts_are_not_what_was_booked() -> None:
    # several accounts, each in its own currency
    head = "Account number;Date;Amount;Currency;Amount in EUR;Text\n"
    rows = "111;20.02.2026;250,00;EUR;250,00;a\n222;26.02.2026;-20,00;USD;-18,18;b\n"
    assert proposed(head + rows).columns["amount"] == "Amount"
    # and nothing shows that both columns say the same where they could
    one = "Date;Amount;Currency;Amount in EUR;Text\n20.02.2026;250,00;USD;230,00;a\n26.02.2026;-20,00;USD;-18,18;b\n"
    assert proposed(one).columns["amount"] == "Amount"


BEFORE = """20-2-2026,NL91ABNA0417164300,NL20INGB0001234567,Hout BV,EUR,1000.00,EUR,2500.00,20-2-2026,8810,OVB,2,'Factuur 12'
26-2-2026,NL91ABNA0417164300,NL20INGB0001234567,Bakker,EUR,3500.00,EUR,-120.50,26-2-2026,8811,BEA,3,'Brood'
27-2-2026,NL91ABNA0417164300,NL20INGB0001234567,Bakker,EUR,3379.50,EUR,-10.00,27-2-2026,8811,BEA,4,'Taart'
"""  # noqa: E501


@pytest.mark.parametrize("turned", [False, True])
def test_k02_the_balance_before_each_booking_tells_which_column_is_the_amount(turned: bool) -> None:
    rows = BEFORE.splitlines(keepends=True)
    text = "".join(rows[::-1] if turned else rows)
    profile = proposed(text)
    read = Read(profile, text)
    assert read.amounts == ["2500.00", "-120.50", "-10.00"]
    assert not any("1000.00" in str(one) or "3500.00" in str(one) for one in read.texts)
    # nothing tells the balance after the last one
    assert (profile.columns.get("balance"), read.proofs) == (None, ["unprovable"])


def test_k02_a_column_called_the_balance_before_a_booking_proves_nothing() -> None:
    text = (
        "Boekingsdatum;Naam tegenrekening;Saldo voor mutatie;Transactiebedrag;Betalingskenmerk;Omschrijving\n"
        "20-02-2026;Hout BV;1000,00;2500,00;KM 12;Factuur\n26-02-2026;Bakker;3500,00;-120,50;;Brood\n"
    )
    read = Read(proposed(text), text)
    assert (read.amounts, read.proofs) == (["2500.00", "-120.50"], ["unprovable"])
    assert read.texts == ["KM 12 Factuur", "Brood"]


def test_k02_all_that_tells_the_kind_of_a_booking_is_its_text_where_nothing_else_is() -> None:
    text = (
        "Buchungstag;Umsatzart;Buchungstext;Betrag;Währung\n"
        "20.02.2026;Gutschrift;Holz GmbH RE 12;2500,00;EUR\n26.02.2026;Lastschrift;Bäcker;-120,50;EUR\n"
    )
    assert Read(proposed(text), text).texts == ["Gutschrift Holz GmbH RE 12", "Lastschrift Bäcker"]


def test_k02_the_reference_of_the_payer_is_not_the_one_of_the_bank() -> None:
    text = (
        "Date;Booking text;ZKB reference;Reference number;Debit CHF;Credit CHF;Balance CHF\n"
        "20.02.2026;Credit Holz AG;Z1;210000000003139471430009017;;2500.00;3500.00\n"
        "26.02.2026;Bakery;Z2;;120.50;;3379.50\n"
    )
    read = Read(proposed(text), text)
    assert [entry.account_servicer_reference for entry in read.entries] == ["Z1", "Z2"]
    assert read.texts == ["Credit Holz AG 210000000003139471430009017", "Bakery"]
    assert read.proofs == ["proved"]


def test_k02_a_row_that_sums_all_turnovers_is_no_booking() -> None:
    text = (
        "Buchungsdatum;Buchungstext;Belastung;Gutschrift;Saldo CHF\nUmsatztotal;;120.50;2500.00;\n"
        "20.02.2026;Holz AG;;2500.00;3500.00\n26.02.2026;Bäcker;120.50;;3379.50\n"
    )
    read = Read(proposed(text), text)
    assert (read.amounts, read.proofs) == (["2500.00", "-120.50"], ["proved"])
