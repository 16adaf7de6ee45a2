"""A sample of a bank's table proposes its own profile (K-02); what it proposes reads the sample."""

from __future__ import annotations

import io
import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest

from odoo.addons.finance_bank_sync.formats.model import FormatError
from odoo.addons.finance_bank_sync.formats.sheet.guess import guess
from odoo.addons.finance_bank_sync.formats.sheet.kinds import bare, first_rows
from odoo.addons.finance_bank_sync.formats.sheet.profile import MARKED, SIGNED, TWO_COLUMNS
from odoo.addons.finance_bank_sync.formats.sheet.workbook import sheet_of

GERMAN = """Umsatzanzeige;Girokonto
;
Buchungstag;Wertstellung;Beguenstigter/Zahlungspflichtiger;Kontonummer/IBAN;Verwendungszweck;Betrag (EUR);Währung
03.11.2025;03.11.2025;Müller & Söhne;DE89370400440532013000;Rechnung 12; Teil 1;-1.250,00;EUR
""".replace("Rechnung 12; Teil 1", '"Rechnung 12; Teil 1"')
DUTCH = """"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Code","Af Bij","Bedrag (EUR)","Mededelingen"
"20251103","Albert Heijn","NL20INGB0001234567","","BA","Af","12,34","Pasvolgnr: 001"
"20251104","Werkgever","NL20INGB0001234567","NL91ABNA0417164300","OV","Bij","2100,00","Salaris"
"""
ENGLISH = """Date\tDescription\tMoney out\tMoney in\tBalance
31/12/2025\tRent\t1,200.50\t\t3,000.00
30/12/2025\tCustomer 4711\t\t250.00\t4,200.50
\tTotal\t1,200.50\t250.00\t
"""
SWISS = "Datum;Valuta;Buchungstext;Belastung;Gutschrift;Saldo CHF\n03.11.25;04.11.25;Miete;1'250.00;;8'750.00\n"


def read(content: bytes) -> list[tuple[date | None, Decimal]]:
    found = guess(content)
    assert found is not None
    return [
        (row.entry.booking_date, row.entry.money.amount) for row in sheet_of(found.profile).rows(io.BytesIO(content))
    ]


def test_german_table_after_a_title() -> None:
    found = guess(GERMAN.encode("cp1252"))
    assert found is not None
    profile = found.profile
    assert (profile.delimiter, profile.encoding, profile.skip_lines) == (";", "cp1252", 2)
    assert (profile.date_format, profile.decimal_mark, profile.thousands_mark) == ("%d.%m.%Y", ",", ".")
    assert found.columns == {
        "date": "Buchungstag",
        "value_date": "Wertstellung",
        "amount": "Betrag (EUR)",
        "party": "Beguenstigter/Zahlungspflichtiger",
        "party_account": "Kontonummer/IBAN",
        "text": "Verwendungszweck",
        "currency": "Währung",
    }
    assert read(GERMAN.encode("cp1252")) == [(date(2025, 11, 3), Decimal("-1250.00"))]


def test_dutch_table_with_a_column_for_the_direction() -> None:
    found = guess(DUTCH.encode())
    assert found is not None
    assert (found.profile.amounts, found.debit_marker, found.credit_marker) == (MARKED, "Af", "Bij")
    assert found.columns["party_account"] == "Tegenrekening"
    assert [amount for _day, amount in read(DUTCH.encode())] == [Decimal("-12.34"), Decimal("2100.00")]


def test_english_table_newest_first_with_a_total() -> None:
    found = guess(ENGLISH.encode())
    assert found is not None
    profile = found.profile
    assert (profile.amounts, profile.delimiter, profile.newest_first) == (TWO_COLUMNS, "\t", True)
    assert (profile.footer_rows, found.unsure_of_days) == (1, False)
    assert [amount for _day, amount in read(ENGLISH.encode())] == [Decimal("-1200.50"), Decimal("250.00")]


def test_swiss_table() -> None:
    assert read(SWISS.encode()) == [(date(2025, 11, 3), Decimal("-1250.00"))]
    found = guess(SWISS.encode())
    assert found is not None
    assert found.columns["balance"] == "Saldo CHF"


def test_direction_is_told_by_what_a_column_holds() -> None:
    table = (
        "Account Number,Transaction Date,Transaction Type,Transaction Amount,Balance\n"
        "991,01/31/26,Debit,40.50,60.00\n991,01/30/26,Credit,100.50,100.50\n"
    )
    found = guess(table.encode())
    assert found is not None
    assert (found.profile.amounts, found.columns["marker"]) == (MARKED, "Transaction Type")
    assert read(table.encode()) == [(date(2026, 1, 31), Decimal("-40.50")), (date(2026, 1, 30), Decimal("100.50"))]
    signed = guess(table.replace("40.50", "-40.50").encode())
    assert signed is not None and signed.profile.amounts == SIGNED


def test_columns_of_payer_and_payee_name_nobody_for_sure() -> None:
    beside = guess("Bokföringsdag;Belopp;Avsändare;Mottagare;Rubrik\n2026/01/30;-5,00;1;2;Te\n".encode())
    alone = guess(b"Date,Payee,Amount\n2026-01-30,Tea House,-5.00\n")
    assert beside is not None and alone is not None
    assert ("party" in beside.columns, alone.columns.get("party")) == (False, "Payee")


def test_a_number_that_every_row_repeats_is_not_the_other_account() -> None:
    found = guess(b"Date,Amount,IBAN\n2026-01-30,1.00,DE84999400100123456789\n2026-01-31,2.00,DE84999400100123456789\n")
    assert found is not None and "party_account" not in found.columns


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_balances_tell_which_row_of_a_day_is_the_newest(is_newest_first: bool) -> None:
    rows = ["2026-01-30,1.00,11.00", "2026-01-30,-4.00,7.00", "2026-01-30,2.50,9.50"]
    rows = rows[::-1] if is_newest_first else rows
    found = guess("\n".join(["Date,Amount,Balance", *rows]).encode())
    assert found is not None and found.profile.newest_first is is_newest_first


def test_hungarian_dates_and_currency_signs() -> None:
    table = "Könyvelés dátuma;Terhelés;Jóváírás;Közlemény\n2026.01.30.;12 450;;Bolt\n2026.01.31.;;450 000;Bér\n"
    assert read(table.encode()) == [(date(2026, 1, 30), Decimal("-12450")), (date(2026, 1, 31), Decimal("450000"))]
    assert read(b'Date,Amount\n01/30/2026,($15.99)\n01/31/2026,"$3,000.00"\n') == [
        (date(2026, 1, 30), Decimal("-15.99")),
        (date(2026, 1, 31), Decimal("3000.00")),
    ]


def test_word_of_two_meanings() -> None:
    """Valuta is the value date in Germany, and the currency in Denmark."""
    found = guess(b"Dato;Tekst;Belob;Valuta\n03-11-2025;Husleje;-100,00;DKK\n")
    assert found is not None
    assert found.columns["currency"] == "Valuta"
    assert "value_date" not in found.columns


def test_days_that_fit_both_orders_are_told() -> None:
    found = guess(b"Date,Amount\n03/11/2025,1.00\n04/12/2025,2.00\n")
    assert found is not None
    assert (found.profile.date_format, found.unsure_of_days) == ("%d/%m/%Y", True)


def workbook(rows: list[list[object]], *, title: bool = False) -> bytes:
    book = openpyxl.Workbook()
    if title:
        book.active.append(["Statement of account"])
        book.active.append([])
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_workbook_with_dates_and_numbers() -> None:
    content = workbook(
        [["Posting date", "Details", "Amount", "Balance"], [datetime(2025, 11, 3), "Fee", -4.5, 95.5]], title=True
    )
    found = guess(content)
    assert found is not None
    assert (found.profile.kind, found.profile.skip_lines, found.profile.amounts) == ("xlsx", 2, SIGNED)
    assert read(content) == [(date(2025, 11, 3), Decimal("-4.5"))]


def test_workbook_with_german_texts_beside_numbers() -> None:
    content = workbook([["Buchungstag", "Betrag"], ["03.11.2025", "-1.250,00"], ["04.11.2025", 12.5]])
    assert read(content) == [(date(2025, 11, 3), Decimal("-1250.00")), (date(2025, 11, 4), Decimal("12.5"))]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01", b"<?xml version='1.0'?><Document/>", b"%PDF-1.7", b"PK\x03\x04 broken", b"one word\nanother\n"],
)
def test_what_is_no_table_proposes_nothing(content: bytes) -> None:
    assert guess(content) is None


def test_names_that_nobody_knows_leave_the_choice_to_a_person() -> None:
    found = guess(b"Alpha;Beta\n1;2\n")
    assert found is not None
    assert (dict(found.columns), found.header) == ({}, ("Alpha", "Beta"))


def test_k02_fees_alone_are_no_amounts() -> None:
    def amount(name: str) -> object:
        found = guess(f"Moment;What;{name}\n01.02.2026;a;1,20\n02.02.2026;b;0,80\n".encode())
        assert found is not None
        return found.columns.get("amount")

    assert amount("Moved") == "Moved"
    assert amount("Source fee amount") is None


def test_written_in_any_way_reads_the_same() -> None:
    """Many ways to write the same bookings; those whose days fit both orders are left out."""
    dice = random.Random(7)
    for _case in range(60):
        delimiter, (decimal, thousands), code = (
            dice.choice(";\t|"),
            dice.choice([(".", ""), (",", ""), (".", ","), (",", "."), (".", "'")]),
            dice.choice(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y%m%d"]),
        )
        first = date(2025, 1, 20) + timedelta(days=dice.randrange(300) // 30 * 30)
        rows = [(first + timedelta(days=at), Decimal(dice.randint(-(10**7), 10**7)) / 100) for at in range(12)]
        if not any(day.day > 12 for day, _amount in rows):
            continue

        def number(amount: Decimal, decimal: str = decimal, thousands: str = thousands) -> str:
            return f"{amount:,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands)

        lines = [delimiter.join(["Booking date", "Text", "Amount"])]
        lines += [
            delimiter.join([day.strftime(code), f"No {at}", number(amount)]) for at, (day, amount) in enumerate(rows)
        ]
        assert read("\n".join(lines).encode()) == rows, lines


def test_damaged_samples_never_raise() -> None:
    dice = random.Random(11)
    samples = [GERMAN.encode("cp1252"), DUTCH.encode(), workbook([["Date", "Amount"], ["03.11.2025", 1]])]
    for _case in range(200):
        data = bytearray(dice.choice(samples))
        for _change in range(dice.randint(1, 6)):
            at = dice.randrange(len(data))
            data[at : at + dice.randint(0, 9)] = dice.randbytes(dice.randint(0, 4))
        guess(bytes(data))


def test_rows_as_they_stand() -> None:
    assert first_rows(b"a;b\n\n1;2\n", bare("csv", delimiter=";")) == [(1, ["a", "b"]), (3, ["1", "2"])]
    with pytest.raises(FormatError):
        first_rows(b"PK", bare("xlsx"))
