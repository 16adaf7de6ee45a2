"""Amounts of OFX and QIF as programs of all countries write them, and which mark is the decimal one (K-02)."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.amounts import read_amount
from odoo.addons.finance_bank_sync.formats.model import (
    Answers,
    Entry,
    FormatError,
    Question,
    StatementEnd,
    StatementFormat,
    StatementStart,
)
from odoo.addons.finance_bank_sync.formats.ofx.reader import Ofx
from odoo.addons.finance_bank_sync.formats.qif.reader import Qif
from odoo.addons.finance_bank_sync.formats.text_values import Invalid


def ofx(*amounts: str, currency: str = "EUR", account: str = "<ACCTID>555-1\n", balance: str = "10.00") -> str:
    transactions = "".join(
        f"<STMTTRN>\n<TRNTYPE>OTHER\n<DTPOSTED>20260302\n<TRNAMT>{amount}\n<FITID>F{number}\n</STMTTRN>\n"
        for number, amount in enumerate(amounts)
    )
    return (
        f"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}\n<BANKACCTFROM><BANKID>1\n{account}</BANKACCTFROM>\n"
        f"<BANKTRANLIST>\n{transactions}</BANKTRANLIST>\n<LEDGERBAL><BALAMT>{balance}\n<DTASOF>20260302\n</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


def qif(*amounts: str) -> str:
    return "!Type:Bank\n" + "".join(f"D31/1/2026\nT{amount}\n^\n" for amount in amounts)


def read(reader: StatementFormat, text: str) -> tuple[list[str], list[str], list[str]]:
    """:return: the amounts, the closing balances, and the codes of the warnings"""
    amounts, balances, warnings = [], [], []
    for event in reader.parse(io.BytesIO(text.encode())):
        if isinstance(event, Entry):
            amounts.append(f"{event.money.amount:f}")
            assert [detail.money for detail in event.details] == [event.money]
        elif isinstance(event, StatementEnd):
            balances += [f"{balance.money.amount:f}" for balance in event.balances]
            warnings += [code for code, _place in event.warnings]
    return amounts, balances, warnings


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("(12.00)", "-12.00"), ("( 1,234.56 )", "-1234.56"), ("12.00-", "-12.00"), ("12,00 -", "-12.00"),
        ("+12.00", "12.00"), ("12.00+", "12.00"), ("- 12,5", "-12.5"), ("\u221212.00", "-12.00"),
        ("1,234.56", "1234.56"), ("1.234,56", "1234.56"), ("1.234.567", "1234567"), ("12,34,567.89", "1234567.89"),
        ("1 234,56", "1234.56"), ("1'234.56", "1234.56"), ("1\u202f234.567", "1234.567"), ("0.500", "0.500"),
        ("1234.567", "1234.567"), (".5", "0.5"), ("12.", "12"), ("(0.00)", "0.00"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("reader", "text"), [(Ofx(), ofx), (Qif(), qif)], ids=["ofx", "qif"])
def test_k02_an_amount_that_says_itself_what_it_is(reader: StatementFormat, text, written: str, meant: str) -> None:
    assert read(reader, text(written))[0] == [meant]
    assert read_amount(written).doubtful == ""


@pytest.mark.parametrize(
    "wrong", ["", "-", "(12.00", "12.00)", "(-12.00)", "-12.00-", "1.2.3", "1,23.456,7", "1.23,456.7", "1e5", "12 5",
              "NaN", "1,2345,678", "1.234,567.89", "1" * 19, "9" * 70, "\u0661\u0662"]
)  # fmt: skip
def test_k02_what_is_no_amount(wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_amount(wrong)
    assert refused.value.code in ("amount_invalid", "amount_missing", "amount_precision")


@pytest.mark.parametrize(
    ("amounts", "meant"),
    [
        (("1,234", "12.50"), ["1234", "12.50"]),
        (("12.50", "1,234"), ["12.50", "1234"]),
        (("1,234", "12,50"), ["1.234", "12,50"]),
        (("(1.234)", "-5", "7,5"), ["-1234", "-5", "7.5"]),
        (("1.234", "1.234.567"), ["1234", "1234567"]),
        (("1.234", "1.234.567,00", "9.999"), ["1234", "1234567.00", "9999"]),
    ],
)
@pytest.mark.parametrize(("reader", "text"), [(Ofx(), ofx), (Qif(), qif)], ids=["ofx", "qif"])
def test_k02_another_amount_of_the_file_decides(reader: StatementFormat, text, amounts, meant) -> None:
    options = {"balance": "8"} if text is ofx else {}
    assert read(reader, text(*amounts, **options))[0] == [amount.replace(",", ".") for amount in meant]


def test_k02_a_balance_decides_and_is_decided() -> None:
    assert read(Ofx(), ofx("1.234", "9.000", balance="10.234,00"))[:2] == (["1234", "9000"], ["10234.00"])
    assert read(Ofx(), ofx("1.234,50", balance="1.234"))[:2] == (["1234.50"], ["1234"])
    two = ofx("1.234", balance="5").replace("</OFX>", "") + ofx("2.345", "1,5", balance="6.789").replace("<OFX>", "")
    assert read(Ofx(), two)[:2] == (["1234", "2345", "1.5"], ["5", "6789"])


@pytest.mark.parametrize("amounts", [("1.234",), ("1,234", "5"), ("1.234", "5.678"), ("1.234", "12.5", "12,5")])
def test_k02_amounts_that_nothing_decides_are_asked_for(amounts: tuple[str, ...]) -> None:
    text = ofx("3", *amounts, balance="8")
    with pytest.raises(Question) as asked:
        read(Ofx(), text)
    assert (asked.value.code, asked.value.place, asked.value.asks) == ("amount_ambiguous", "line 12", "decimal")
    digits = amounts[0].replace(",", "").replace(".", "")
    for mark, meant in asked.value.readings:
        told = read(Ofx().told(answers=Answers(decimal=mark)), text)[0]
        assert told[1] == meant
        assert (meant == digits) == (mark not in amounts[0])


def test_k02_amounts_that_contradict_each_other_after_one_was_decided_are_asked_for() -> None:
    text = ofx("12.5", "1.234", "12,5", balance="8")
    with pytest.raises(Question) as asked:
        read(Ofx(), text)
    assert asked.value.place == "line 12"
    assert read(Ofx().told(answers=Answers(decimal=",")), text)[0] == ["12.5", "1234", "12.5"]
    # nothing depends on it: each of them says itself what it is
    assert read(Ofx(), ofx("12.5", "12,5"))[0] == ["12.5", "12.5"]


def test_k02_the_currency_decides_where_no_amount_does() -> None:
    assert read(Ofx(), ofx("1.234", "-5.000", currency="KWD", balance="1.000"))[0] == ["1.234", "-5.000"]
    assert read(Ofx(), ofx("1.234", "-5.000", currency="CLP", balance="8")) == (
        ["1234", "-5000"], ["8"], ["thousands_assumed"]
    )  # fmt: skip
    with pytest.raises(Question):
        read(Ofx(), ofx("1.234", "5,000", currency="KWD", balance="8"))


def test_k02_qif_has_a_comma_between_thousands_and_says_so() -> None:
    assert read(Qif(), qif("1,234", "-5")) == (["1234", "-5"], [], ["thousands_assumed"])
    with pytest.raises(Question) as asked:
        read(Qif(), qif("5", "-1.234"))
    assert (asked.value.place, asked.value.readings) == ("line 5", ((".", "-1.234"), (",", "-1234")))
    assert read(Qif().told(answers=Answers(decimal=",")), qif("5", "-1.234"))[0] == ["5", "-1234"]


@pytest.mark.parametrize("account", ["", "<ACCTID>\n", "<ACCTID> \n"])
def test_k02_ofx_without_an_account_is_read_as_qif_without_one(account: str) -> None:
    start = next(Ofx().parse(io.BytesIO(ofx("5", account=account).encode())))
    assert isinstance(start, StatementStart)
    assert (start.account.iban, start.account.number, start.account.currency) == (None, None, "EUR")


@given(
    st.lists(st.decimals(-99_999_999, 99_999_999, places=2), min_size=2, max_size=8),
    st.sampled_from([(".", ","), (",", "."), (".", " "), (",", " "), (".", "'")]),
    st.sampled_from(["-{}", "{}-", "({})"]),
    st.booleans(),
)
def test_k02_amounts_of_one_way_of_writing_are_read_as_they_are_meant(
    amounts: list[Decimal], marks: tuple[str, str], negative: str, whole: bool
) -> None:
    decimal, thousands = marks
    texts = []
    for position, amount in enumerate(amounts):
        places = 0 if whole and position and amount == amount.to_integral_value() else 2
        text = f"{abs(amount):,.{places}f}".replace(",", "T").replace(".", decimal).replace("T", thousands)
        texts.append(negative.format(text) if amount < 0 else text)
    expected = [Decimal(amount) for amount in amounts]
    for reader, text in ((Ofx(), ofx(*texts, balance="8")), (Qif(), qif(*texts))):
        assert [Decimal(amount) for amount in read(reader, text)[0]] == expected


@pytest.mark.parametrize(
    ("written", "currency", "meant"),
    [
        ("R$ -0,50", "BRL", "-0.50"), ("-R$ 12,00", "BRL", "-12.00"), ("R$ 3.327,70", "BRL", "3327.70"),
        ("(R$ 5,00)", "BRL", "-5.00"), ("US$1,234.50", "USD", "1234.50"), ("12,00 \u20ac", "EUR", "12.00"),
        ("EUR 12.00", "EUR", "12.00"), ("-12.00 EUR", "EUR", "-12.00"), ("\u20b912.00", "INR", "12.00"),
    ],
)  # fmt: skip
def test_k02_the_sign_of_the_own_currency_beside_an_amount(written: str, currency: str, meant: str) -> None:
    assert read(Ofx(), ofx(written, currency=currency, balance="8"))[0] == [meant]


@pytest.mark.parametrize(
    ("written", "currency"),
    [("$12.00", "CAD"), ("$12.00", "EUR"), ("R$ 12,00", "USD"), ("USD 12.00", "EUR"), ("12 EUR 00", "EUR"),
     ("EUR EUR 1", "EUR"), ("1 US$ 2", "USD")],
)  # fmt: skip
def test_k02_the_sign_of_another_currency_is_refused(written: str, currency: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(Ofx(), ofx(written, currency=currency, balance="8"))
    assert refused.value.code == "amount_invalid"


def days(*dates: str, period: tuple[str, str] = ("20250301", "20250331")) -> str:
    text = ofx(*("5.00" for _day in dates)).replace(
        "<BANKTRANLIST>\n", f"<BANKTRANLIST>\n<DTSTART>{period[0]}\n<DTEND>{period[1]}\n"
    )
    for day in dates:
        text = text.replace("<DTPOSTED>20260302", f"<DTPOSTED>{day}", 1)
    return text


def posted(reader: StatementFormat, text: str) -> list[str]:
    return [str(event.booking_date) for event in reader.parse(io.BytesIO(text.encode())) if isinstance(event, Entry)]


def test_k02_ofx_dates_with_the_year_last_are_told_by_their_numbers_or_the_period() -> None:
    # a bank of Brazil writes those of its fees so, the others as the format has them
    assert posted(Ofx(), days("20250310090000[-3:BRT]", "15/03/2025")) == ["2025-03-10", "2025-03-15"]
    assert posted(Ofx(), days("15/03/2025", "02/03/2025")) == ["2025-03-15", "2025-03-02"]
    assert posted(Ofx(), days("02/03/2025")) == ["2025-03-02"]
    assert posted(Ofx(), days("03/02/2025 10:00:00")) == ["2025-03-02"]
    assert posted(Ofx(), days("02.04.2025", period=("20250101", "20251231"))) == ["2025-04-02"]
    assert posted(Ofx(), days("04/04/2025", period=("20250101", "20251231"))) == ["2025-04-04"]


def test_k02_ofx_dates_that_nothing_decides_are_asked_for() -> None:
    text = days("02/03/2025", period=("20250101", "20251231"))
    with pytest.raises(Question) as asked:
        posted(Ofx(), text)
    assert (asked.value.code, asked.value.place, asked.value.asks) == ("date_ambiguous", "line 8", "dates")
    for order, day in asked.value.readings:
        assert posted(Ofx().told(answers=Answers(dates=order)), text) == [day]
    assert posted(Ofx(), days("20250302", period=("01/02/2025", "31/02/2025"))) == ["2025-03-02"]
