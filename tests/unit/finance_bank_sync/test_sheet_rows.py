"""Rows of tables: texts in several columns and rows, and what is refused before it is lost or misread (K-02, K-05)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sheet_reading import HEAD, PLAIN, Read, proposed, refused

from odoo.addons.finance_bank_sync.formats.sheet.guess import guess
from odoo.addons.finance_bank_sync.formats.sheet.reader import Sheet

# -- texts, and rows below ---------------------------------------------------------------------


def test_k02_all_columns_of_texts_are_joined_in_the_order_of_the_file() -> None:
    text = (
        "Memo,Date,Description 1,Description 2,Amount,Description 3\nm,2026-01-14,a,b,1.00,c\nn,2026-01-15,d,,2.00,\n"
    )
    assert Read(proposed(text), text).texts == ["m a b c", "n d"]


def test_k02_columns_without_a_name_go_on_with_the_text() -> None:
    text = 'Date,Amount,Description,,\n2026-01-14,1.00,To: X,Title: a,b\n2026-01-15,2.00,"From, Y",,\n'
    assert Read(proposed(text), text).texts == ["To: X Title: a b", "From, Y"]


def test_k02_a_row_of_text_alone_belongs_to_the_booking_above() -> None:
    text = HEAD + "2026-01-14,Standing order,10.00,510.00\n,to the landlord,,\n2026-01-15,B,-1.00,509.00\n"
    read = Read(PLAIN, text)
    assert (read.texts, read.proofs) == (["Standing order to the landlord", "B"], ["proved"])


# -- nothing is dropped, nothing is misread ----------------------------------------------------


def test_k02_rows_that_would_be_lost_or_misread_are_refused() -> None:
    two = HEAD + "2026-01-14,A,10.00,510.00\n" + HEAD + "2026-01-15,B,-1.00,509.00\n"
    assert refused(PLAIN, two) == ("several_tables", "line 3")
    shifted = HEAD + "2026-01-14,A,1,000.00,1,510.00\n"
    assert refused(PLAIN, shifted) == ("row_too_wide", "line 2")
    footer = replace(PLAIN, footer_rows=1)
    assert refused(footer, HEAD + "2026-01-14,A,10.00,510.00\n2026-01-15,B,-1.00,509.00\n") == (
        "footer_is_booking",
        "line 3",
    )
    assert Read(footer, HEAD + "2026-01-14,A,10.00,510.00\n2026-01-15,Total,10.00,\n").amounts == ["10.00"]


def test_k02_a_last_row_without_its_day_is_no_footer() -> None:
    text = "Date,Text,Amount\n2026-01-14,A,10.00\n,B,-1.00\n"
    assert refused(proposed(text), text) == ("date_missing", "line 3, column date (Date)")


def test_k02_a_debit_with_a_sign_among_others_without_is_refused() -> None:
    text = "Date,Debit,Credit\n2026-01-14,5.00,\n2026-01-15,-3.00,\n2026-01-16,,1.00\n"
    found = guess(text.encode())
    assert found is not None
    assert refused(found.profile, text) == ("debit_sign", "line 3, column debit/credit")


def test_k05_each_currency_is_proved_for_itself() -> None:
    text = "Date,Amount,Currency,Balance\n"
    text += "2026-01-14,10.00,EUR,15.00\n2026-01-14,2.00,USD,2.00\n2026-01-15,-1.00,EUR,14.00\n"
    read = Read(proposed(text), text)
    assert [start.account.currency for start in read.starts] == ["EUR", "USD"]
    assert read.proofs == ["proved", "proved"]


def test_k02_the_header_row_is_found_wherever_it_stands() -> None:
    text = "My bank\nFrom,2026-01-01\nTo,2026-01-31\n" + HEAD + "2026-01-14,A,10.00,510.00\n"
    assert Sheet(replace(PLAIN, skip_lines=1)).identify(text.encode(), "x.csv")
    assert Read(replace(PLAIN, skip_lines=1), text).amounts == ["10.00"]


def test_k02_what_was_paid_in_another_currency() -> None:
    text = (
        "Date,Amount,Currency,Original Amount,Original Currency,Exchange Rate\n2026-01-14,-4.50,EUR,-5.00,USD,1.1111\n"
    )
    [entry] = Read(proposed(text), text).entries
    detail = entry.details[0]
    assert detail.original is not None and detail.exchange is not None
    assert (detail.original.amount, detail.original.currency, detail.exchange.rate) == (
        Decimal("-5.00"),
        "USD",
        Decimal("1.1111"),
    )


def test_k02_points_before_three_digits_stand_between_thousands() -> None:
    text = "Fecha;Monto\n2026-01-14;120.000\n2026-01-15;-85.000\n"
    assert Read(proposed(text), text).amounts == ["120000", "-85000"]


def test_k02_a_payment_that_is_called_like_a_total_or_a_balance_is_booked() -> None:
    text = "Date,Text,Amount\n2026-01-13,A,10.00\n2026-01-14,Saldo,-50.00\n2026-01-15,TOTAL,-5.00\n"
    assert Read(proposed(text), text).amounts == ["10.00", "-50.00", "-5.00"]
    last = "Date,Text,Amount\n2026-01-13,A,10.00\n2026-01-31,Saldo,10.00\n"
    assert refused(proposed(last), last) == ("balance_or_booking", "line 3")


def test_k02_a_payment_with_the_name_of_a_balance_is_not_lost() -> None:
    """What a payer writes decides nothing: the rows beside it have to agree, and a payment has another side."""
    between = "Date,Text,Amount\n2026-01-13,A,10.00\n2026-01-14,Opening balance,100.00\n2026-01-15,B,-5.00\n"
    assert refused(proposed(between), between) == ("balance_or_booking", "line 3, column amount (Amount)")
    named = "Date,Payee,Text,Amount\n2026-01-13,A,a,10.00\n2026-01-14,B,b,-5.00\n2026-01-15,C,Closing balance,100.00\n"
    read = Read(proposed(named), named)
    assert (read.amounts, read.proofs) == (["10.00", "-5.00", "100.00"], ["unprovable"])


def test_k02_balances_of_each_day_agree_with_each_other() -> None:
    text = (
        "Date,Text,Amount\n2026-01-13,A,10.00\n2026-01-13,Closing balance,110.00\n"
        "2026-01-14,B,-5.00\n2026-01-14,Closing balance,105.00\n"
    )
    read = Read(proposed(text), text)
    assert (read.amounts, read.opening, read.proofs) == (["10.00", "-5.00"], "100.00", ["proved"])
    wrong = text.replace("105.00", "106.00")
    assert refused(proposed(wrong), wrong)[0] == "balance_or_booking"


def test_k05_one_balance_alone_proves_nothing() -> None:
    text = "Date,Text,Amount\n2026-01-13,A,10.00\n2026-01-14,B,-5.00\n2026-01-14,Closing balance,105.00\n"
    read = Read(proposed(text), text)
    assert (read.amounts, read.opening, read.proofs) == (["10.00", "-5.00"], None, ["unprovable"])


def test_k02_years_of_another_calendar_are_refused() -> None:
    assert refused(replace(PLAIN, date_format="%d/%m/%Y"), HEAD + "14/01/2569,A,1.00,1.00\n")[0] == "date_invalid"


def test_k02_a_last_row_that_is_cut_short_may_be_a_balance() -> None:
    text = "14/01/2026;1,00;a;;x y;\n15/01/2026;-2,00;b;;z z;\n31/01/2026;9,00;;\n"
    profile = proposed(text)
    assert refused(profile, text) == ("balance_or_booking", "line 3")
    assert Read(replace(profile, footer_rows=1), text).amounts == ["1.00", "-2.00"]
