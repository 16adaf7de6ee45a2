"""QIF dates: what tells whether the day or the month comes first, and what is asked (K-02)."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import (
    Answers,
    AskingFormat,
    Entry,
    FormatError,
    Question,
    StatementEnd,
)
from odoo.addons.finance_bank_sync.formats.ofx.reader import Ofx
from odoo.addons.finance_bank_sync.formats.qif.dates import day_in
from odoo.addons.finance_bank_sync.formats.qif.reader import Qif

#: bookings of one March, day first; month first they are one in a month
OF_A_MONTH = ("02/03/2026", "04/03/2026", "05/03/2026", "06/03/2026", "09/03/2026", "10/03/2026", "12/03/2026")


def read(reader: Qif, *dates: str, amount: str = "1.00") -> tuple[list[str], list[str]]:
    """:return: the days, and the codes of the warnings"""
    text = "!Type:Bank\n" + "".join(f"D{day}\nT{amount}\n^\n" for day in dates)
    days, warnings = [], []
    for event in reader.parse(io.BytesIO(text.encode())):
        if isinstance(event, Entry):
            days.append(str(event.booking_date))
        elif isinstance(event, StatementEnd):
            warnings += [code for code, _place in event.warnings]
    return days, warnings


@pytest.mark.parametrize(
    ("dates", "last"),
    [
        (OF_A_MONTH, "2026-03-12"),
        (OF_A_MONTH[::-1], "2026-03-02"),
        (tuple(f"{day[3:5]}/{day[:2]}/2026" for day in OF_A_MONTH), "2026-03-12"),
        # over some months: sorted one way only
        (("05/01/2026", "03/02/2026", "02/04/2026", "01/06/2026", "04/07/2026"), "2026-07-04"),
        (("07/04/2026", "06/01/2026", "04/02/2026", "02/03/2026", "01/05/2026"), "2026-01-05"),
    ],
)
def test_k02_bookings_follow_each_other_and_are_near_to_each_other(dates: tuple[str, ...], last: str) -> None:
    days, warnings = read(Qif(), *dates)
    assert (days[-1], warnings) == (last, ["date_order_assumed"])


def test_k02_days_that_are_the_same_either_way_ask_nothing() -> None:
    assert read(Qif(), "03/03/2026", "5.5.2026", "12/12/26") == (["2026-03-03", "2026-05-05", "2026-12-12"], [])


def test_k02_a_booking_is_not_later_than_its_file() -> None:
    dates = ("01/03/2026", "05/11/2026")
    assert read(Qif().told(received=date(2026, 6, 1)), *dates) == (["2026-01-03", "2026-05-11"], ["date_order_assumed"])
    with pytest.raises(Question):
        read(Qif().told(received=date(2027, 6, 1)), *dates)
    with pytest.raises(Question):
        read(Qif().told(received=date(2025, 6, 1)), *dates)


@pytest.mark.parametrize("name", ["export_2026-03-31.qif", "20260301-20260331.qif", "acc 2026.03.01.qif", "x20260305y"])
def test_k02_the_name_of_the_file_may_tell(name: str) -> None:
    reader = Qif().told(name=name)
    assert read(reader, "01/03/2026", "09/03/2026") == (["2026-03-01", "2026-03-09"], ["date_order_assumed"])
    with pytest.raises(Question):
        read(Qif().told(name="export.qif"), "01/03/2026", "09/03/2026")


def test_k02_days_in_names() -> None:
    assert day_in("a_2026-13-01_12345678_20260231") is None
    assert day_in("DE-2026-02-28.2026-01-31") == date(2026, 2, 28)


@pytest.mark.parametrize(
    "dates",
    [
        ("01/02/2026",),
        ("01/02/2026", "03/04/2026", "05/06/2026"),
        ("02/03/2026", "04/02/2026", "05/03/2026"),
        # what is booked once a month, always on the same day
        tuple(f"05/{month:02d}/2026" for month in range(2, 13)),
    ],
)
def test_k02_what_nothing_decides_is_asked_and_read_as_told(dates: tuple[str, ...]) -> None:
    with pytest.raises(Question) as asked:
        read(Qif(), *dates)
    assert (asked.value.code, asked.value.place, asked.value.asks) == ("date_ambiguous", "line 2", "dates")
    assert isinstance(asked.value, FormatError)
    for order, first in asked.value.readings:
        days, warnings = read(Qif().told(answers=Answers(dates=order)), *dates)
        assert (days[0], warnings) == (first, [])


def test_k02_what_asks_can_be_told() -> None:
    assert all(isinstance(known, AskingFormat) for known in (Qif(), Ofx()))


@given(
    st.dates(date(2001, 1, 1), date(2030, 1, 1)),
    st.lists(st.integers(0, 40), min_size=1, max_size=30),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%m-%d-%y"]),
    st.booleans(),
)
def test_k02_a_list_of_bookings_is_never_read_the_wrong_way_silently(
    begin: date, steps: list[int], pattern: str, newest_first: bool
) -> None:
    """What an export holds: bookings one after the other. It is read as written, asked for, or told to be a guess."""
    days = sorted(begin + timedelta(days=step) for step in steps)
    days = days[::-1] if newest_first else days
    try:
        read_as, warnings = read(Qif().told(received=max(days)), *(day.strftime(pattern) for day in days))
    except Question:
        assert all(day.day <= 12 for day in days)
        return
    assert read_as == [str(day) for day in days] or warnings == ["date_order_assumed"]
