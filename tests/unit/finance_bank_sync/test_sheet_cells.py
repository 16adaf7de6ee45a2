"""Cells of tables: encodings, dates in words and with times, amounts and what stands beside them (K-02)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from odoo.addons.finance_bank_sync.formats.sheet.guess import guess
from odoo.addons.finance_bank_sync.formats.sheet.values import Dates, Numbers
from odoo.addons.finance_bank_sync.formats.text_values import Invalid


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("交易日期,摘要,收入,支出,余额", "gb18030"),
        ("日付,摘要,お預り金額,お支払金額,差引残高", "cp932"),
        ("Data księgowania,Tytuł,Uznania,Obciążenia,Saldo", "cp1250"),
        ("Дата,Описание,Приход,Расход,Остаток", "cp1251"),
        ("Date,Text,Credit,Debit,Balance", "utf-16"),
    ],
)
def test_k02_encodings_are_told_by_the_names_of_the_columns(header: str, encoding: str) -> None:
    text = header + "\n2026-01-14,Ä1,10.00,,15.00\n2026-01-15,B,,1.00,14.00\n".replace("Ä", "a")
    found = guess(text.encode(encoding))
    assert found is not None
    assert (found.profile.encoding, found.profile.amounts) == (encoding, "two_columns")
    assert {"date", "text", "debit", "credit", "balance"} <= set(found.columns)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("%d %b %Y", "3 März 2026"),
        ("%d. %b %Y", "3. mar. 2026"),
        ("%d-%b-%y", "03-MAR-26"),
        ("%b %d, %Y", "March 3, 2026"),
        ("%d de %b de %Y", "3 de março de 2026"),
        ("%d %b %Y", "3 mars 2026"),
        ("%Y年%m月%d日", "2026年3月3日"),
        ("%Y-%m-%dT%H:%M:%S.%fZ", "2026-03-03T10:11:12.123Z"),
        ("%d/%m/%Y %I:%M %p", "03/03/2026 1:05 pm"),
    ],
)
def test_k02_dates_in_words_and_with_times(code: str, text: str) -> None:
    assert Dates(code)(text).isoformat() == "2026-03-03"


def test_k02_days_are_read_in_the_order_that_makes_a_statement() -> None:
    found = guess(b"Date,Amount\n01/02/2026,1.00\n01/05/2026,1.00\n01/09/2026,1.00\n")
    assert found is not None and (found.profile.date_format, found.unsure_of_days) == ("%m/%d/%Y", True)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234,56 EUR", "1234.56"),
        ("EUR -1.234,56", "-1234.56"),
        ("R$ 1.234,56", "1234.56"),
        ("(12,50 \u20ac)", "-12.50"),
        ("12,50-", "-12.50"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("12,50 S", "-12.50"),
        ("12,50 H", "12.50"),
        ("\u221212,50", "-12.50"),
        ("+12,50", "12.50"),
        (",50", "0.50"),
        ("kr 5,00", "5.00"),
        ("1.23.456,78", "123456.78"),
    ],
)
def test_k02_amounts_with_what_stands_beside_them(text: str, amount: str) -> None:
    assert Numbers(",", ".")(text, "EUR") == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "1,234.56",
        "12,50 USD",
        "5,-",
        "-5,00-",
        "-5,00 H",
        "(5,00",
        "5,00)",
        "1.23,00",
        "0.500,00",
        "12,5 %",
        "1,2,3",
        "--5",
        "EUR",
        "5 5/6",
    ],
)
def test_k02_amounts_that_could_mean_something_else_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Numbers(",", ".")(text, "EUR")
