"""Tables as banks of more countries write them (K-02): what their columns are, and which rows are no bookings."""

from __future__ import annotations

import pytest
from sheet_reading import Read, proposed

from odoo.addons.finance_bank_sync.formats.model import Detail
from odoo.addons.finance_bank_sync.formats.sheet.guess import guess

CZECH = """"Datum provedení";"Datum zaúčtování";"Číslo účtu";"Název protiúčtu";"Číslo protiúčtu";"Zpráva";"VS";"KS";"Zaúčtovaná částka";"Měna účtu"
"02.02.2026 00:00";"03.02.2026 00:00";"2000145399/0800";"";"";"Nákup Brno";"";"";"-1 178,90";"CZK"
"05.02.2026 00:00";"05.02.2026 00:00";"2000145399/0800";"Pekárna Klas";"19-2000145399/0800";"";"260012";"0308";"25 000,00";"CZK"
"""  # noqa: E501
ESTONIAN = """Customer account no,Date,Sender/receiver account,Sender/receiver name,Debit/Credit (D/C),Amount,Archiving code,Description,Currency
EE382200221020145685,2026-01-15,EE471000001020145685,Puit OÜ,C,150.00,A1,Arve 12,EUR
EE382200221020145685,2026-01-16,,Kohvik,D,-30.00,A2,Kaart,EUR
"""  # noqa: E501
AUSTRIAN = """Buchungsdatum;Partnername;Partner IBAN;Partner Kontonummer;Betrag;Währung;Buchungs-Details
26.02.2026;Bäckerei Korn;;;-120,50;EUR;Semmeln
20.02.2026;Holz GmbH;AT611904300234573201;;2.500,00;EUR;Rechnung 12
"""
POLISH = """Numer rachunku/karty;Data transakcji;Typ transakcji;Na konto/Z konta;Odbiorca/Zleceniodawca;Opis;Obciążenia;Uznania;Saldo;Waluta
PL61109010140000071219812874;2026-02-26;KARTA;;;Piekarnia;-120.50;;879.50;PLN
PL61109010140000071219812874;2026-02-20;PRZELEW;27114020040000300201355387;Drewno sp. z o.o.;FV 12;;2500.00;1000.00;PLN
"""  # noqa: E501
DANISH = """Bogføringsdato;Beløb;Afsender;Modtager;Navn;Beskrivelse;Saldo;Valuta
2026/01/30;-120,50;1234567890;;;Bageri;879,50;DKK
2026/01/25;1000,00;;1234567890;Skov A/S;Faktura 12;1000,00;DKK
"""
CHINESE = """交易时间,交易类型,交易对方,商品,收/支,金额(元),当前状态
2026-02-26 10:11:12,商户消费,面包店,面包,支出,¥12.50,支付成功
2026-02-05 10:11:12,转账,张三,订单 12,收入,¥200.00,已存入零钱
"""
SLOVENE = """Datum;Datum valute;Prejemnik / Plačnik;Račun;Namen;Breme;Dobro;Stanje
20.02.2026;20.02.2026;Les d.o.o.;SI56191000000123438;Račun 12;;2.500,00;3.500,00
26.02.2026;26.02.2026;Pekarna;;Kruh;120,50;;3.379,50
"""
CROATIAN = """Datum valute;Datum izvršenja;Opis plaćanja;Broj računa primatelja/platitelja;Naziv primatelja/platitelja;Isplate;Uplate;Stanje
20.02.2026;20.02.2026;Račun 12;HR1210010051863000160;Drvo d.o.o.;;2.500,00;3.500,00
26.02.2026;26.02.2026;Kruh;;Pekara;120,50;;3.379,50
"""  # noqa: E501
BULGARIAN = """Дата;Основание;Контрагент;Сметка на контрагента;Дебит;Кредит;Салдо;Валута
20.02.2026;Фактура 12;Дърво ООД;BG80BNBG96611020345678;;2500.00;3500.00;BGN
26.02.2026;Такса;;;120.50;;3379.50;BGN
"""
PHYSICIANS = """Kontonummer;Buchungsdatum;Auftraggeber/Empfänger;Buchungstext;VWZ1;VWZ2;Betrag;Kontostand;Währung
0001234567;20.02.2026;Holz GmbH;GUTSCHRIFT;RE 12;KD 4;2.500,00;3.500,00;EUR
0001234567;26.02.2026;Stadtwerke;LASTSCHRIFT;Abschlag;;-120,50;3.379,50;EUR
"""


def detail(text: str, at: int) -> Detail:
    return Read(proposed(text), text).entries[at].details[0]


@pytest.mark.parametrize(
    ("text", "at", "name", "account", "remittance"),
    [
        (CZECH, 1, "Pekárna Klas", "19-2000145399/0800", "260012"),
        (ESTONIAN, 0, "Puit OÜ", "EE471000001020145685", "Arve 12"),
        (AUSTRIAN, 0, "Holz GmbH", "AT611904300234573201", "Rechnung 12"),
        (POLISH, 0, "Drewno sp. z o.o.", "PL27114020040000300201355387", "FV 12"),
        (DANISH, 0, "Skov A/S", None, "1234567890 Faktura 12"),
        (CHINESE, 0, "张三", None, "订单 12"),
        (SLOVENE, 0, "Les d.o.o.", None, "Račun 12"),
        (CROATIAN, 0, "Drvo d.o.o.", "HR1210010051863000160", "Račun 12"),
        (BULGARIAN, 0, "Дърво ООД", "BG80BNBG96611020345678", "Фактура 12"),
        (PHYSICIANS, 0, "Holz GmbH", None, "RE 12 KD 4"),
    ],
)
def test_k02_the_other_party_and_the_text_are_found_by_what_banks_of_more_countries_call_them(
    text: str, at: int, name: str, account: str | None, remittance: str
) -> None:
    read = detail(text, at)
    assert read.counterparty is not None
    assert read.counterparty.name == name
    assert (read.counterparty.iban or read.counterparty.account_number) == account
    assert read.remittance == remittance


def test_k02_a_number_that_payers_tell_apart_from_their_text_is_part_of_it() -> None:
    assert detail(CZECH, 1).remittance == "260012"


def test_k02_the_account_of_the_bank_of_a_party_is_not_its_name() -> None:
    text = (
        "Uitvoeringsdatum;Bedrag;Valuta rekening;Rekeningnummer;Tegenpartij;Naam van de tegenpartij;Mededeling;Status\n"
        "26/02/2026;-120,50;EUR;BE71096123456769;;;Brood;Geaccepteerd\n"
        "20/02/2026;2500,00;EUR;BE71096123456769;BE68539007547034;Hout NV;Factuur 12;Geaccepteerd\n"
        "28/02/2026;-10,00;EUR;BE71096123456769;BE68539007547034;Hout NV;Borg;Geweigerd\n"
    )
    read = Read(proposed(text), text)
    booked = [entry for entry in read.entries if entry.status == "BOOK"]
    assert [str(entry.money.amount) for entry in booked] == ["2500.00", "-120.50"]  # the refused one never happened
    party = booked[0].details[0].counterparty
    assert party is not None
    assert (party.name, party.iban) == ("Hout NV", "BE68539007547034")


def test_k02_a_payment_that_a_russian_bank_declined_is_not_booked() -> None:
    text = (
        "Дата операции;Статус;Сумма платежа;Валюта платежа;Описание\n"
        "22.03.2026;OK;-350,50;RUR;Булочная\n21.03.2026;FAILED;-99,00;RUR;Такси\n23.03.2026;OK;700,00;RUR;Счёт 12\n"
    )
    read = Read(proposed(text), text)
    assert sorted((entry.status, str(entry.money.amount)) for entry in read.entries) == [
        ("BOOK", "-350.50"), ("BOOK", "700.00"), ("INFO", "-99.00"),
    ]  # fmt: skip
    # the code of the time before 1998 is still written
    assert {entry.money.currency for entry in read.entries} == {"RUB"}


def test_k02_turnovers_with_a_day_are_no_bookings_where_they_are_the_sums_of_the_others() -> None:
    head = "Account No,Date,Beneficiary,Details,Amount,Currency,D/K\n"
    account = "LT121000011101001000"
    rows = [
        f"{account},2026-01-01,,Opening balance,1000.00,EUR,K",
        f"{account},2026-01-15,Mediena UAB,Invoice 12,150.00,EUR,K",
        f"{account},2026-01-16,Kepykla,Bread,30.00,EUR,D",
        f"{account},2026-01-31,,Turnover,150.00,EUR,K",
        f"{account},2026-01-31,,Turnover,30.00,EUR,D",
        f"{account},2026-01-31,,Closing balance,1120.00,EUR,K",
    ]
    text = head + "\n".join(rows) + "\n"
    read = Read(proposed(text), text)
    assert (read.amounts, read.proofs) == (["150.00", "-30.00"], ["proved"])
    # neither another amount nor a name that a payer may have is left out
    named = text.replace("Turnover,150.00", "Total,150.00").replace("1120.00", "1270.00")
    assert Read(proposed(named), named).amounts == ["150.00", "-30.00", "150.00"]
    other = text.replace("Turnover,150.00", "Turnover,151.00").replace("1120.00", "1271.00")
    read = Read(proposed(other), other)
    assert (read.amounts, read.proofs) == (["150.00", "-30.00", "151.00"], ["proved"])


def test_k02_what_goes_on_with_the_text_of_the_last_booking_is_no_footer() -> None:
    text = (
        "Transaction date,Value date,Description,Withdrawals (SGD),Deposits (SGD)\n"
        "26/02/2026,26/02/2026,POINT-OF-SALE,120.50,\n,,BAKERY 12,,\n"
        '20/02/2026,20/02/2026,GIRO,,"2,500.00"\n,,TIMBER PTE LTD,,\n'
    )
    profile = proposed(text)
    read = Read(profile, text)
    assert profile.footer_rows == 0
    assert sorted(map(str, read.texts)) == ["GIRO TIMBER PTE LTD", "POINT-OF-SALE BAKERY 12"]
    # a note begins where the rows begin
    noted = text + "This is no tax document,,,,\n"
    assert proposed(noted).footer_rows == 1
    assert sorted(map(str, Read(proposed(noted), noted).texts)) == ["GIRO TIMBER PTE LTD", "POINT-OF-SALE BAKERY 12"]


def test_k02_a_row_of_text_alone_does_not_make_the_own_account_the_other_one() -> None:
    text = (
        "IBAN;Booked At;Text;Credit/Debit Amount;Balance;Valuta Date\n"
        "CH9300762011623852957;2026-02-20 00:00:00.0;Holz AG;2500;3500;2026-02-20 00:00:00.0\n"
        "CH9300762011623852957;2026-02-26 00:00:00.0;Bäckerei;-120.5;3379.5;2026-02-26 00:00:00.0\n;;Brot;;;\n"
    )
    read = Read(proposed(text), text)
    assert (read.starts[0].account.iban, read.proofs) == ("CH9300762011623852957", ["proved"])
    assert [entry.details[0].counterparty for entry in read.entries] == [None, None]


def test_k02_a_word_of_three_letters_is_no_currency() -> None:
    text = (
        "Date Opération;Libellé;Solde;Numéro Compte;Solde;Pointage\n"
        "2026-09-18;Boulangerie;-6,99;40001234;1,81;Non\n2026-09-17;Bois SAS;1800,00;40001234;8,80;Non\n"
    )
    read = Read(proposed(text), text)
    assert read.proofs == ["proved"]
    assert proposed(text).columns.get("currency") is None


def test_k02_the_balance_before_a_booking_is_no_text_of_it() -> None:
    text = (
        "123456789\tEUR\t20260226\t1000,00\t879,50\t20260226\t-120,50\tBEA 26.02.26 BAKKER\n"
        "123456789\tEUR\t20260227\t879,50\t3379,50\t20260227\t2500,00\tFactuur 12\n"
    )
    read = Read(proposed(text), text)
    assert (read.texts, read.proofs) == (["BEA 26.02.26 BAKKER", "Factuur 12"], ["proved"])


def test_k02_thousands_are_read_in_the_next_file_when_the_sample_had_none() -> None:
    sample = "Datum;Text;Betrag;Währung\n03.11.2026;Brot;-12,50;EUR\n24.11.2026;Holz;120,00;EUR\n"
    profile = proposed(sample)
    after = "Datum;Text;Betrag;Währung\n03.12.2026;Miete;-1.250,00;EUR\n"
    assert Read(profile, after).amounts == ["-1250.00"]
    # an apostrophe between thousands is nothing else, whatever the profile says
    assert Read(profile, after.replace("1.250,00", "1'250,00")).amounts == ["-1250.00"]
    # amounts without decimals do not tell the mark
    bare = guess(b"Date,Text,Amount,Currency\n2026-11-03,a,-1250,JPY\n2026-11-04,b,4000,JPY\n")
    assert bare is not None and bare.profile.thousands_mark == ""


def test_k02_balances_with_thousands_above_rows_without_prove_them() -> None:
    text = (
        "Saldo Iniziale: 1.000,00\nSaldo Finale: 3.379,50\n"
        "Data_Operazione;Data_Valuta;Entrate;Uscite;Descrizione\n"
        "26/02/2026;25/02/2026;;-120,5;Pane\n20/02/2026;20/02/2026;2500;;Legno\n"
    )
    assert Read(proposed(text), text).proofs == ["proved"]


@pytest.mark.parametrize("written", ["26/02/2026-10:11:12", "26/02/2026-10:11"])
def test_k02_a_time_behind_a_dash_belongs_to_the_day(written: str) -> None:
    text = f"Tarih/Saat;İşlem Tutarı*;Bakiye;Açıklama\n{written};-120,50;879,50;Fırın\n"
    entry = Read(proposed(text), text).entries[0]
    assert str(entry.booking_date) == "2026-02-26"


def test_k02_letters_are_told_by_the_names_of_columns() -> None:
    profile = proposed(CROATIAN, "cp1250")
    assert profile.encoding == "cp1250"


def test_k02_a_number_of_a_booking_is_neither_its_amount_nor_its_balance() -> None:
    text = (
        "Α/Α;Ημ/νία;Αιτιολογία;Αρ. συναλλαγής;Ποσό;Πρόσημο ποσού\n"
        "1;26/2/2026;ΨΩΜΙ;A1;120,50;Χ\n2;20/2/2026;ΞΥΛΟ;A2;2.500,00;Π\n"
    )
    read = Read(proposed(text), text)
    assert (sorted(read.amounts), read.proofs) == (["-120.50", "2500.00"], ["unprovable"])


def test_k02_the_number_of_an_account_is_no_amount_where_no_column_has_a_known_name() -> None:
    text = "20.02.2026;SI56191000000123438;2500,00;3500,00\n26.02.2026;SI56191000000123438;-120,50;3379,50\n"
    assert Read(proposed(text), text).amounts == ["2500.00", "-120.50"]


def test_k02_who_owns_the_account_is_not_the_other_party() -> None:
    text = (
        "Rekeningnummer;Naam van de rekening;Rekening tegenpartij;Boekingsdatum;Bedrag;Munteenheid;Omschrijving;"
        "Bericht\n"
        "BE71096123456769;Ons BV;BE68539007547034;20/02/2026;2500,00;EUR;Overschrijving;F12\n"
        "BE71096123456769;Ons BV;;26/02/2026;-120,50;EUR;Bancontact;\n"
    )
    party = detail(text, 0).counterparty
    assert party is not None
    assert (party.name, party.iban, detail(text, 0).remittance) == (None, "BE68539007547034", "Overschrijving F12")


def test_k02_the_day_of_booking_is_taken_and_not_that_of_the_purchase() -> None:
    text = "Reskontradatum;Transaktionsdatum;Text;Belopp;Saldo\n2026-02-26;2026-02-25;Bageri;-120,50;879,50\n"
    assert str(Read(proposed(text), text).entries[0].booking_date) == "2026-02-26"
