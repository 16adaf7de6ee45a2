"""Several tables in one file, each read by the profile that fits; tables known by what they hold (K-02)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheet_reading import PLAIN

from odoo.addons.finance_bank_sync.formats.model import Entry, FormatError, StatementEnd, StatementStart
from odoo.addons.finance_bank_sync.formats.sheet.profile import SheetProfile
from odoo.addons.finance_bank_sync.formats.sheet.reader import Sheet
from odoo.addons.finance_bank_sync.formats.sheet.samples import samples
from odoo.addons.finance_bank_sync.formats.sheet.sections import are_periods
from odoo.addons.finance_bank_sync.formats.sheet.shape import is_telling, shape
from odoo.addons.finance_bank_sync.formats.sheet.tables import Tables, preferred
from odoo.addons.finance_bank_sync.formats.sheet.workbook import Workbook
from odoo.addons.finance_bank_sync.proof.read import proofs

GIRO = """"Umsätze Girokonto";"Zeitraum: 30 Tage";
"Neuer Kontostand";"1.415,00 EUR";

"Buchungstag";"Wertstellung";"Vorgang";"Buchungstext";"Umsatz in EUR";
"15.01.2026";"15.01.2026";"Lastschrift";"Strom";"-85,00";
"14.01.2026";"14.01.2026";"Überweisung";"RE 1";"1.000,00";

"Alter Kontostand";"500,00 EUR";

"""
VISA = """"Umsätze Visa-Karte";"Zeitraum: 30 Tage";
"Buchungstag";"Umsatztag";"Referenz";"Buchungstext";"Umsatz in EUR";
"15.01.2026";"14.01.2026";"123";"Shop";"-10,00";

"""
DEPOT = """"Umsätze Depot";"Zeitraum: 30 Tage";
"Buchungstag";"Geschäftstag";"Stück / Nom.";"Bezeichnung";"WKN";"Buchungstext";"Umsatz in EUR";
"13.01.2026";"12.01.2026";"5";"ETF";"A0RPWH";"Kauf";"-400,00";
"""
PENDING = GIRO.replace("Umsätze Girokonto", "Vorgemerkte Umsätze Girokonto").replace("Kontostand", "Stand")
#: names no column that only one of the tables has
BOTH = SheetProfile(
    name="giro", account="DE02120300000000202051", currency="EUR", delimiter=";", date_format="%d.%m.%Y",
    decimal_mark=",", thousands_mark=".",
    columns={"date": "Buchungstag", "amount": "Umsatz in EUR", "text": "Buchungstext"},
)  # fmt: skip
ONLY_GIRO = replace(BOTH, columns={**BOTH.columns, "type": "Vorgang"})
ONLY_VISA = replace(BOTH, name="visa", account="4111", columns={**BOTH.columns, "reference": "Referenz"})


def read(
    text: str | bytes, *profiles: SheetProfile, known: Sequence[SheetProfile] = ()
) -> list[tuple[str | None, list[str], str, list[str]]]:
    """:return: account, amounts, proof and warnings of each statement"""
    content = text.encode() if isinstance(text, str) else text
    kind = Workbook if profiles[0].kind == "xlsx" else Sheet
    events = list(Tables([kind(one) for one in profiles], [kind(one) for one in known]).parse(io.BytesIO(content)))
    found: list[tuple[str | None, list[str], str, list[str]]] = []
    states = [told.proof.state for told in proofs(events)]
    for event in events:
        if isinstance(event, StatementStart):
            found.append((event.account.iban or event.account.number, [], states[len(found)], []))
        elif isinstance(event, Entry):
            found[-1][1].append(str(event.money.amount))
        elif isinstance(event, StatementEnd):
            found[-1][3].extend(place for _code, place in event.warnings)
    return found


def refused(text: str | bytes, *profiles: SheetProfile) -> tuple[str, str]:
    with pytest.raises(FormatError) as caught:
        read(text, *profiles)
    return caught.value.code, caught.value.place


def test_k02_each_table_is_read_by_the_profile_that_fits_and_others_are_told() -> None:
    giro, visa = read(GIRO + VISA + DEPOT, ONLY_GIRO, ONLY_VISA)
    depot = ["lines 14 to 16: Umsätze Depot Zeitraum: 30 Tage"]
    assert giro == ("DE02120300000000202051", ["1000.00", "-85.00"], "proved", depot)
    assert visa == ("4111", ["-10.00"], "unprovable", depot)


def test_k02_one_profile_reads_its_table_wherever_it_stands() -> None:
    for text, lines in ((GIRO + VISA + DEPOT, "10 to 12"), (VISA + GIRO + DEPOT, "1 to 3")):
        [giro] = read(text, ONLY_GIRO)
        assert (giro[1], giro[2]) == (["1000.00", "-85.00"], "proved")
        assert giro[3][0] == f"lines {lines}: Umsätze Visa-Karte Zeitraum: 30 Tage"
    # nobody has to name both for the second one to be found
    assert [one[1] for one in read(GIRO + VISA, ONLY_GIRO, known=[ONLY_VISA])] == [["1000.00", "-85.00"], ["-10.00"]]


def test_k02_securities_and_what_is_not_booked_are_no_bookings_of_an_account() -> None:
    [giro] = read(PENDING + GIRO + DEPOT, BOTH)
    assert giro[1] == ["1000.00", "-85.00"]
    assert [place.partition(": ")[2] for place in giro[3]] == [
        "Vorgemerkte Umsätze Girokonto Zeitraum: 30 Tage",
        "Umsätze Depot Zeitraum: 30 Tage",
    ]


def test_k02_tables_of_one_profile_that_tell_no_account_are_refused() -> None:
    code, place = refused(GIRO + VISA, BOTH)
    assert code == "section_account_missing" and "Girokonto" in place and "Visa" in place
    # with the columns of its sample the profile is for one of them, with a text of the title too
    header = ("Buchungstag", "Wertstellung", "Vorgang", "Buchungstext", "Umsatz in EUR")
    for profile in (replace(BOTH, layout=header), replace(BOTH, title="Girokonto")):
        [giro] = read(GIRO + VISA, profile)
        assert (giro[1], len(giro[3])) == (["1000.00", "-85.00"], 1)


def test_k02_each_table_that_names_its_iban_is_of_that_account() -> None:
    other = GIRO.replace("Zeitraum: 30 Tage", "DE89 3704 0044 0532 0130 00").replace("-85,00", "-86,00")
    found = read(GIRO.replace("Zeitraum: 30 Tage", BOTH.account) + other, BOTH)
    assert [(one[0], one[1], one[2]) for one in found] == [
        (BOTH.account, ["1000.00", "-85.00"], "proved"),
        ("DE89370400440532013000", ["1000.00", "-86.00"], "failed"),
    ]


def test_k02_two_profiles_that_fit_one_table_are_named() -> None:
    assert refused(GIRO, BOTH, replace(ONLY_GIRO, name="other"))[0] == "profiles_ambiguous"
    with pytest.raises(FormatError, match="CSV giro, CSV other"):
        read(GIRO, BOTH, replace(ONLY_GIRO, name="other"))


def test_k02_a_broken_row_of_one_table_refuses_the_file() -> None:
    assert refused(GIRO + VISA.replace("-10,00", "ten"), ONLY_GIRO, ONLY_VISA)[1].startswith("line 12, column amount")


@pytest.mark.parametrize("end", ["Umsätze Depot\nKeine Umsätze vorhanden\n", "* noch nicht gebucht\n"])
def test_k02_notes_below_the_rows_are_left_out(end: str) -> None:
    assert read(GIRO.replace('"Alter', '"Neuer') + end, replace(BOTH, footer_rows=1))[0][1] == ["1000.00", "-85.00"]


PAGES = "Date,Text,Amount,Balance\n2026-01-02,a,1.00,11.00\n"


def test_k02_pages_of_one_table_are_joined_where_balances_prove_it() -> None:
    [table] = read(PAGES + PAGES.replace("a,1.00,11.00", "b,-5.00,6.00"), PLAIN)
    assert table[1:3] == (["1.00", "-5.00"], "proved")
    assert refused(PAGES + PAGES.replace("a,1.00,11.00", "b,-5.00,7.00"), PLAIN) == ("several_tables", "line 3")


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


HEAD = ["Date", "Text", "Amount", "Balance"]
JANUARY = [HEAD, ["2026-01-02", "a", 5, 105], ["2026-01-30", "b", -1, 104]]
FEBRUARY = [HEAD, ["2026-02-02", "c", 6, 110]]


def test_k02_a_workbook_with_a_sheet_a_month() -> None:
    book = replace(PLAIN, kind="xlsx")
    content = workbook(Legend=[["Only words"]], February=FEBRUARY, January=JANUARY)
    assert [one[1:3] for one in read(content, book)] == [(["6"], "proved"), (["5", "-1"], "proved")]
    assert read(content, book)[0][3] == ["rows 1 to 1: Legend: Only words"]
    # nothing says that these follow each other
    other = [HEAD, ["2026-02-02", "c", 6, 999]]
    assert refused(workbook(Main=JANUARY, Savings=other), book)[0] == "section_account_missing"
    assert [one[1] for one in read(workbook(Main=JANUARY, Savings=other), replace(book, title="Savings"))] == [["6"]]
    assert [one[1] for one in read(workbook(Main=JANUARY, Savings=other), replace(book, sheet="Main"))] == [["5", "-1"]]


def test_k02_a_last_row_without_a_day_is_refused_and_a_total_is_none_of_the_bookings() -> None:
    book = replace(PLAIN, kind="xlsx")
    total = ["", "Total", 4, ""]
    assert read(workbook(A=[*JANUARY, [], total]), book)[0][1] == ["5", "-1"]
    for rows in ([["", "c", 7, ""]], [["", "c", 7, ""], total]):
        assert refused(workbook(A=[*JANUARY, *rows]), book) == ("date_missing", "line 4, column date (Date)")
        # as many rows as the profile leaves out, and no more
        assert len(read(workbook(A=[*JANUARY, *rows]), replace(book, footer_rows=len(rows)))[0][1]) == 2
    assert (
        refused(GIRO.replace('"Alter Kontostand";"500,00 EUR"', ';;;"x";"5,00"') + VISA, ONLY_GIRO)[0] == "date_missing"
    )


@pytest.mark.parametrize(
    ("titles", "is_told"),
    [
        (("Konto 01", "Konto 02"), False),
        (("Main", "Savings"), False),
        (("Januar 2026", "Februar 2026"), True),
        (("2026-01", "2026-02"), True),
        (("Januar", "Januar"), False),
    ],
)
def test_k02_titles_that_differ_in_the_month_alone(titles: tuple[str, str], is_told: bool) -> None:
    assert are_periods(titles) is is_told


def test_k02_a_sample_proposes_each_of_its_tables() -> None:
    found = samples((GIRO + VISA + DEPOT).encode())
    assert [(one.section and one.section.title, one.found and one.found.columns.get("amount")) for one in found] == [
        ("Umsätze Girokonto Zeitraum: 30 Tage", "Umsatz in EUR"),
        ("Umsätze Visa-Karte Zeitraum: 30 Tage", "Umsatz in EUR"),
        ("Umsätze Depot Zeitraum: 30 Tage", None),
    ]
    assert not any(one.is_title_needed for one in found)
    twice = samples((GIRO + GIRO.replace("Giro", "Tagesgeld")).encode())
    assert [one.is_title_needed for one in twice] == [True, True]


def test_k02_a_sheet_that_is_called_by_its_account() -> None:
    book = replace(PLAIN, kind="xlsx", account="DE02120300000000202051")
    other = [HEAD, ["2026-02-02", "c", 6, 999]]
    found = read(workbook(DE02120300000000202051=JANUARY, DE89370400440532013000=other), book)
    assert [one[0] for one in found] == ["DE02120300000000202051", "DE89370400440532013000"]


# -- without a header row ----------------------------------------------------------------------

BARE = b'"01/14/2026","-12.50","*","","STORE 1"\n"01/13/2026","1500.00","*","","PAYROLL"\n'


def bare(content: bytes = BARE, **values: Any) -> Sheet:
    rows = [line.replace('"', "").split(",") for line in content.decode().splitlines()]
    profile = SheetProfile(
        name="bare", account="1", currency="USD", has_header=False, date_format="%m/%d/%Y",
        columns={"date": 1, "amount": 2, "text": 5}, layout=shape(rows),
    )  # fmt: skip
    return Sheet(replace(profile, **values))


def test_k02_a_table_without_a_header_row_is_known_by_what_its_columns_hold() -> None:
    sheet = bare()
    later = BARE.replace(b"STORE 1", b"12345").replace(b"-12.50", b'7"').replace(b'7""', b'7.00"')
    assert sheet.identify(later, "whatever.csv")
    assert not sheet.identify(later, "whatever.pdf")
    for other in (
        later.replace(b'"*"', b'"+"'),  # what every row repeats
        later.replace(b"01/13/2026", b"yesterday"),
        later.replace(b"1500.00", b"much"),
        later.replace(b',"PAYROLL"', b""),
        later.replace(b'""', b'"5.00"'),
        b"",
    ):
        assert not sheet.identify(other, "whatever.csv"), other


def test_k02_few_columns_are_not_enough_to_know_a_bank_by() -> None:
    few = b"01/14/2026,-12.50,Store\n01/13/2026,15.00,Payroll\n"
    sheet = bare(few, columns={"date": 1, "amount": 2, "text": 3})
    assert not is_telling(sheet.profile.layout) and sheet.has_shape(few)
    assert not sheet.identify(few, "movements.csv")
    assert replaced(sheet, file_names=("moves",)).identify(few, "Moves 2026.csv") is True


def replaced(sheet: Sheet, **values: Any) -> Sheet:
    return Sheet(replace(sheet.profile, **values))


def test_k02_of_several_profiles_the_one_that_tells_more_is_taken() -> None:
    named, other, header = bare(file_names=("wells",)), bare(), Sheet(PLAIN)
    assert preferred([named, other], "wells.csv") == [named]
    assert preferred([named, other], "x.csv") == [named, other]
    assert preferred([named, header], "wells.csv") == [header]
    with pytest.raises(FormatError, match="CSV bare, CSV bare"):
        Tables([named, other]).tables(io.BytesIO(BARE))


# -- no booking of any table is lost -------------------------------------------------------------

_ACCOUNTS = ("DE89370400440532013000", "DE02120300000000202051", "CH9300762011623852957", "FR1420041010050500013M02606")
_WORDS = st.sampled_from(["Rent", "Total", "Shop 12", "Opening balance", "Date", "x"])
_ROWS = st.lists(st.tuples(st.integers(1, 28), _WORDS, st.integers(-9999, 9999)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(_ROWS, st.booleans(), st.booleans()), min_size=1, max_size=4),
    st.sampled_from(["\n", "", "Note: nothing\n"]),
)
def test_k02_every_row_of_every_table_is_read_or_the_file_is_refused(
    tables: list[tuple[list[tuple[int, str, int]], bool, bool]], between: str
) -> None:
    text, booked = "", 0
    for (rows, has_balance, has_total), account in zip(tables, _ACCOUNTS, strict=False):
        text += f"Account {account}\n" + ("Closing balance,5.00\n" if has_balance else "")
        text += "Date,Text,Amount\n"
        text += "".join(f"2026-01-{day:02d},{word},{cents / 100:.2f}\n" for day, word, cents in rows)
        text += ("Total,,7.00\n" if has_total else "") + between
        booked += len(rows)
    profile = replace(PLAIN, account="777777", columns={"date": "Date", "amount": "Amount", "text": "Text"})
    try:
        found = read(text, profile)
    except FormatError as error:
        # a row that is called like a balance, with nothing beside it that proves that
        assert error.code == "balance_or_booking", text
        return
    names = [word for rows, *_rest in tables for _day, word, _cents in rows]
    balances = sum(word == "Opening balance" for word in names)
    assert booked - balances <= sum(len(one[1]) for one in found) <= booked, text
    assert [one[0] for one in found] == list(_ACCOUNTS[: len(tables)]), text
