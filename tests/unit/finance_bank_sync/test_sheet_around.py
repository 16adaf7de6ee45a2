"""Balances above and below the rows, and collective bookings with a row for each payment (K-02, K-05, K-19)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sheet_reading import PLAIN, Read, proposed, refused

from odoo.addons.finance_bank_sync.formats.model import Balance

NO_BALANCE = replace(PLAIN, columns={"date": "Date", "amount": "Amount", "text": "Text"})
ROWS = "Date,Text,Amount\n2026-03-02,a,100.00\n2026-03-30,b,-30.00\n"


def told(read: Read) -> list[tuple[str, str, str | None]]:
    def shown(balance: Balance) -> tuple[str, str, str | None]:
        return balance.code, str(balance.money.amount), balance.date.isoformat() if balance.date else None

    return [shown(balance) for balance in read.ends[0].balances]


@pytest.mark.parametrize(
    "above",
    [
        "Opening balance,1000.00\nClosing balance,1070.00\n",
        "Alter Kontostand:;1000.00 EUR\nNeuer Kontostand:;1070.00 EUR\n".replace(";", ","),
        "Solde au 01/03/2026,1000.00\nSolde au 31/03/2026,1070.00\n",
        "Kontostand 28.02.2026: 1000.00 EUR\nKontostand 31.03.2026: 1070.00 EUR\n",
        "Saldo inicial,Saldo final\n1000.00,1070.00\n",
        "Account,DE89370400440532013000,Saldo inicial 1000.00\nSaldo final,EUR,1070.00\n",
        "Balance brought forward as of 1 March 2026,,1000.00\nBalance carried forward as of 31 March 2026,,1070.00\n",
        "期初余额,1000.00,期末余额,1070.00\n",
    ],
)
def test_k05_two_balances_above_the_rows_prove_them(above: str) -> None:
    read = Read(NO_BALANCE, f"{above}\n{ROWS}")
    assert read.proofs == ["proved"], told(read)
    assert [(code, amount) for code, amount, _day in told(read)] == [("OPBD", "1000.00"), ("CLBD", "1070.00")]


def test_k05_balances_above_and_below_and_their_days() -> None:
    profile = replace(NO_BALANCE, footer_rows=1)
    read = Read(profile, f"Opening balance 01/03/2026,1000.00\n{ROWS}Closing balance 31/03/2026,1070.00\n")
    assert told(read) == [("OPBD", "1000.00", "2026-03-01"), ("CLBD", "1070.00", "2026-03-31")]


def test_k05_balances_that_do_not_fit_hold_the_file_unless_the_profile_says_otherwise() -> None:
    text = f"Opening balance,1000.00\nClosing balance,1070.01\n{ROWS}"
    assert Read(NO_BALANCE, text).proofs == ["failed"]
    read = Read(replace(NO_BALANCE, told_balances=False), text)
    assert (read.proofs, [code for code, *_rest in told(read)]) == (["unprovable"], ["INFO", "INFO"])


@pytest.mark.parametrize(
    "above",
    [
        "Balance,1070.00\n",
        "Closing balance,1070.00\n",
        "Kontostand 15.03.2026: 1000.00 EUR\nKontostand 16.03.2026: 1070.00\n",  # of no end of the table
        "Opening balance,1000.00\nOpening balance,900.00\nClosing balance,1070.00\n",  # which one?
        "Opening balance,1000.00 USD\nClosing balance,1070.00 USD\n",  # of another account
        "Opening balance,about 1000\nClosing balance,1070.00\n",
    ],
)
def test_k05_what_proves_nothing_is_kept_as_told(above: str) -> None:
    read = Read(NO_BALANCE, above + ROWS)
    assert read.proofs == ["unprovable"]
    assert {code for code, *_rest in told(read)} <= {"INFO"}


def test_k05_balances_beside_the_rows_come_first() -> None:
    text = "Closing balance,5.00\nDate,Text,Amount,Balance\n2026-03-02,a,100.00,1100.00\n2026-03-30,b,-30.00,1070.00\n"
    assert [amount for _code, amount, _day in told(Read(PLAIN, text))] == ["1000.00", "1070.00"]


def test_k05_what_a_card_owes() -> None:
    text = "Previous balance,100.00\nNew balance,170.00\nDate,Text,Amount\n2026-03-02,a,100.00\n2026-03-30,b,-30.00\n"
    read = Read(replace(NO_BALANCE, inverted=True), text)
    assert (read.amounts, read.proofs, read.opening) == (["-100.00", "30.00"], ["proved"], "-100.00")


# -- whose account ---------------------------------------------------------------------------


def test_k02_the_iban_above_the_rows_is_the_account() -> None:
    profile = replace(NO_BALANCE, account="DE02120300000000202051")
    for above, account in (
        ("IBAN,DE89 3704 0044 0532 0130 00\n", "DE89370400440532013000"),
        ("IBAN,DE89 3704 0044 0532 0130 01\n", "DE02120300000000202051"),  # its check digits are wrong
        ("IBAN,DE89370400440532013000,DE02120300000000202051\n", "DE02120300000000202051"),
        ("", "DE02120300000000202051"),
    ):
        assert Read(profile, above + ROWS).starts[0].account.iban == account
    # a number within the IBAN is that account
    assert Read(replace(profile, account="0532013000"), f"DE89370400440532013000,\n{ROWS}").starts[0].account.number


def test_k02_the_iban_beside_every_row_is_the_account_where_its_column_says_so() -> None:
    profile = replace(NO_BALANCE, account="DE02120300000000202051")
    text = ROWS.replace("Date", "{},Date").replace("2026-", "DE89370400440532013000,2026-")
    for name, account in (
        ("Auftragskonto", "DE89370400440532013000"),
        ("IBAN", "DE02120300000000202051"),  # maybe of the other party
        ("Number", "DE02120300000000202051"),
    ):
        assert Read(profile, text.format(name)).starts[0].account.iban == account
    other = text.format("Auftragskonto").replace(
        "DE89370400440532013000,2026-03-30", "DE02120300000000202051,2026-03-30"
    )
    assert Read(profile, other).starts[0].account.iban == "DE02120300000000202051"


# -- collective bookings ---------------------------------------------------------------------

COLLECTIVE = """Datum;Buchungstext;Whg;Betrag Detail;Belastung CHF;Gutschrift CHF;Saldo CHF
15.01.2026;Belastungen (2);CHF;;85.00;;1415.00
;EWZ Strom;CHF;60.00;;;
;Swisscom;CHF;25.00;;;
;Rechnung 7;;;;;
14.01.2026;Gutschrift Acme;CHF;;;1000.00;1500.00
"""


def test_k19_rows_below_a_collective_booking_are_its_payments() -> None:
    profile = replace(proposed(COLLECTIVE), account="1", currency="CHF")
    assert profile.columns["detail_amount"] == "Betrag Detail"
    read = Read(profile, COLLECTIVE)
    assert (read.amounts, read.proofs, read.opening) == (["1000.00", "-85.00"], ["proved"], "500.00")
    whole = read.entries[1]
    assert whole.batch is not None and (whole.batch.count, whole.batch.total) == (2, Decimal("85.00"))
    assert [(str(one.money.amount), one.remittance) for one in whole.details if one.money] == [
        ("-60.00", "EWZ Strom"),
        ("-25.00", "Swisscom Rechnung 7"),
    ]
    assert whole.additional_information == "Belastungen (2)"


def test_k19_payments_that_do_not_add_up_keep_the_amount_of_the_booking() -> None:
    text = COLLECTIVE.replace(";25.00;", ";20.00;")
    read = Read(replace(proposed(text), account="1", currency="CHF"), text)
    assert (read.amounts[1], [str(one.money.amount) for one in read.entries[1].details if one.money]) == (
        "-85.00",
        ["-60.00", "-20.00"],
    )


def test_k19_a_payment_without_its_booking_is_refused() -> None:
    head, _whole, *rows = COLLECTIVE.splitlines(keepends=True)
    code, place = refused(replace(proposed(COLLECTIVE), account="1", currency="CHF"), "".join([head, *rows]))
    assert (code, place.split(",")[0]) == ("date_missing", "line 2")


# -- rows that are no bookings, and columns that are not known ---------------------------------


def test_k05_an_opening_above_and_a_closing_in_a_row_of_its_own() -> None:
    text = f"Saldo iniziale al 01/03/2026,,1000.00\n{ROWS}Saldo finale al 31/03/2026,,1070.00\n"
    assert Read(NO_BALANCE, text).proofs == ["proved"]
    assert Read(NO_BALANCE, text.replace("1070.00", "1071.00")).proofs == ["failed"]


def test_k02_an_amount_in_a_column_of_texts_is_no_balance_row() -> None:
    text = "Date,Text,Other,Amount,Balance\n2026-03-02,a,1000.00,,1500.00\n2026-03-03,b,,-85.00,1415.00\n"
    profile = replace(PLAIN, more_texts=("Other",))
    assert refused(profile, text) == ("amount_missing", "line 2, column amount (Amount)")
    # its own columns are found where one is called by the word for its direction behind that for an amount
    for debit, credit in (
        ("Monto cargo", "Monto abono"),
        ("Withdrawn", "Paid In"),
        ("Số tiền ghi nợ", "Số tiền ghi có"),
    ):
        text = f"Date,Text,{debit},{credit},Balance\n2026-03-02,a,,1000.00,1500.00\n2026-03-03,b,85.00,,1415.00\n"
        assert Read(replace(proposed(text), account="1", currency="EUR"), text).amounts == ["1000.00", "-85.00"]


def test_k02_sums_of_days_and_pages_are_left_out_where_their_name_stands_in_the_place_of_the_day() -> None:
    head = "Date,Text,Amount,Balance\n2026-03-02,Total,100.00,1100.00\n"
    text = f"{head}Total 2026-03-02,,100.00,\n2026-03-30,b,1.00,1101.00\n"
    read = Read(PLAIN, text)
    assert (read.amounts, read.proofs) == (["100.00", "1.00"], ["proved"])
    assert refused(PLAIN, text.replace("Total 2026-03-02", "Yesterday"))[1].startswith("line 3, column date")


def test_k02_marks_of_the_direction_of_writing_are_no_part_of_a_cell() -> None:
    text = "Date,Text,Amount\n\u200e2026-03-02,\u202babc\u202c,\u200e-100.00\n"
    read = Read(NO_BALANCE, text)
    assert (read.amounts, read.texts) == (["-100.00"], ["abc"])
