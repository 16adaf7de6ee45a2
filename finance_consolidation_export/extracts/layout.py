"""Layouts: a package as CSV, fixed width or XLSX in the columns that a platform asks for.

A column is a field of the neutral trial balance (:mod:`..balances.neutral`) or a fixed text, with a form: sign,
decimals, form of dates, width. Nothing is calculated by text that people enter. What does not fit is an error that
names the row and the column, never a cut or guessed value, unless the layout says that long texts are cut.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, BinaryIO

import xlsxwriter  # type: ignore[import-untyped]

from odoo.addons.finance_connector_base.engine.spreadsheet import guard

from ..balances.neutral import DIMENSIONS, Balance, Head
from ..balances.spool import Row, Spool, Value, ordered

#: field -> what it holds
FIELDS: dict[str, str] = {
    **dict.fromkeys(("batch_id", "entity_code", "entity_lei", "scenario"), "text"),
    **dict.fromkeys(("sequence", "fiscal_year", "period"), "number"),
    **dict.fromkeys(("period_start", "period_end"), "date"),
    **dict.fromkeys(("account_code", "account_name", "account_type"), "text"),
    **dict.fromkeys(("partner_entity_code", "movement_code"), "text"),
    **{f"dim{number}_code": "text" for number in range(1, DIMENSIONS + 1)},
    "local_currency": "text",
    **dict.fromkeys(("opening", "debit", "credit", "movement", "balance"), "amount"),
    **dict.fromkeys(("balance_debit", "balance_credit"), "amount"),
    "transaction_currency": "text",
    "amount_transaction": "amount",
    "group_currency": "text",
    "amount_group": "amount",
    "rate_type": "text",
    "rate": "rate",
    "debit_credit": "text",
    "generated_at": "text",
}
#: form of dates -> what Python calls it
DATES = {
    "iso": "%Y-%m-%d",
    "compact": "%Y%m%d",
    "german": "%d.%m.%Y",
    "british": "%d/%m/%Y",
    "american": "%m/%d/%Y",
    "month": "%Y-%m",
    "compact_month": "%Y%m",
    "year": "%Y",
    "month_number": "%m",
}
KINDS = ("csv", "fixed", "xlsx")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859-15", "ascii")
#: what texts before and after the rows may name
NAMES = (
    *("batch_id", "entity_code", "scenario", "period_start", "period_end", "fiscal_year", "period", "generated_at"),
    *("rows", "debit", "credit", "balance", "amount_group"),
)
#: digits that a spreadsheet keeps of a number
DIGITS = 15


class LayoutError(ValueError):
    """A package does not fit the layout, or the layout is none; says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    :param source: one of ``FIELDS``; empty: ``text`` as it is
    :param sign: ``as_is``, ``reversed`` or ``absolute``, of amounts
    :param decimals: of amounts; None: as many as the currency has
    :param width: characters, of fixed width
    :param align: ``left`` or ``right``
    """

    title: str
    source: str = ""
    text: str = ""
    sign: str = "as_is"
    decimals: int | None = None
    dates: str = "iso"
    width: int = 0
    align: str = "left"
    pad: str = " "


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The whole file.

    :param order: titles of columns that rows are sorted by, as texts
    :param omits_zero: rows whose amounts are all zero are left out
    :param adds_up: rows that are alike but for their amounts become one
    :param cuts: texts longer than their width are cut
    :param guards: texts that a spreadsheet would take for formulas get an apostrophe in front
    :param before: a text above everything; ``{name}`` stands for one of ``NAMES``
    """

    columns: tuple[Column, ...]
    kind: str = "csv"
    separator: str = ";"
    quotes_all: bool = False
    encoding: str = "utf-8"
    line_end: str = "\r\n"
    decimal_mark: str = "."
    has_header: bool = True
    before: str = ""
    after: str = ""
    order: tuple[str, ...] = ()
    omits_zero: bool = False
    adds_up: bool = False
    cuts: bool = False
    guards: bool = True


@dataclass(slots=True)
class Written:
    """What a file has: rows, and sums over the rows of the package that are in it."""

    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)


def check(layout: Layout) -> None:
    """:raise LayoutError: what is missing or contradicts itself"""
    if not layout.columns:
        raise LayoutError("The layout has no column.")
    if layout.kind not in KINDS or layout.encoding not in ENCODINGS:
        raise LayoutError("No such kind of file or encoding.")
    if layout.kind == "csv" and (len(layout.separator) != 1 or layout.separator in '"\r\n'):
        raise LayoutError("The separator is one character.")
    if layout.kind == "csv" and layout.separator == layout.decimal_mark and not layout.quotes_all:
        raise LayoutError("The separator is the decimal mark: choose another, or put all values in quotes.")
    for column in layout.columns:
        if column.source and column.source not in FIELDS:
            raise LayoutError(f"{column.title}: there is no field {column.source}.")
        if column.dates not in DATES or column.sign not in ("as_is", "reversed", "absolute"):
            raise LayoutError(f"{column.title}: no such form of dates or signs.")
        if layout.kind == "fixed" and column.width < 1:
            raise LayoutError(f"{column.title}: enter the width.")
        if len(column.pad) != 1:
            raise LayoutError(f"{column.title}: it is filled up with one character.")
        if column.decimals is not None and not 0 <= column.decimals <= 10:
            raise LayoutError(f"{column.title}: between 0 and 10 decimals.")
    titles = {column.title for column in layout.columns}
    unknown = [title for title in layout.order if title not in titles]
    if unknown:
        raise LayoutError(f"Rows are sorted by {unknown[0]}, which is no column.")
    for text in (layout.before, layout.after):
        _filled(text, dict.fromkeys(NAMES, ""))


def write(layout: Layout, head: Head, rows: Iterable[Balance], stream: BinaryIO) -> Written:
    """Write a package.

    Rows pass one by one; where they are sorted or added up, or a text above them names their sums, they go through
    temporary files: memory holds a part of them in any case.

    :raise LayoutError: see :func:`check`; a value does not fit its column or the encoding
    """
    check(layout)
    written = Written(sums=dict.fromkeys(("debit", "credit", "balance", "amount_group"), Decimal(0)))
    lines = _lines(layout, head, rows, written)
    if any(f"{{{name}}}" in layout.before for name in ("rows", *written.sums)):
        with Spool(lines) as kept:
            _write_lines(layout, head, iter(kept), stream, written)
    else:
        _write_lines(layout, head, lines, stream, written)
    return written


def _write_lines(layout: Layout, head: Head, lines: Iterator[Row], stream: BinaryIO, written: Written) -> None:
    if layout.kind == "xlsx":
        _write_sheet(layout, head, lines, stream, written)
    else:
        _write_text(layout, head, lines, stream, written)


def values(head: Head, number: int, row: Balance) -> dict[str, Value]:
    """:return: what the fields of a row hold"""
    closing = row.closing
    members = (*row.members, *[""] * DIMENSIONS)[:DIMENSIONS]
    return {
        "batch_id": head.batch,
        "sequence": number,
        "entity_code": head.entity,
        "entity_lei": head.lei,
        "scenario": head.scenario,
        "fiscal_year": head.fiscal_year,
        "period": head.period,
        "period_start": head.first,
        "period_end": head.last,
        "account_code": row.account,
        "account_name": row.name,
        "account_type": row.kind,
        "partner_entity_code": row.partner,
        "movement_code": row.movement,
        **{f"dim{place}_code": member for place, member in enumerate(members, 1)},
        "local_currency": head.currency,
        "opening": row.opening,
        "debit": row.debit,
        "credit": row.credit,
        "movement": row.debit - row.credit,
        "balance": closing,
        "balance_debit": max(closing, closing * 0),
        "balance_credit": max(-closing, closing * 0),
        "debit_credit": "D" if closing >= 0 else "C",
        "transaction_currency": row.transaction_currency,
        "amount_transaction": row.amount_transaction,
        "group_currency": head.group_currency if row.amount_group is not None else "",
        "amount_group": row.amount_group,
        "rate_type": row.rate_type,
        "rate": row.rate,
        "generated_at": head.generated,
    }


# -- rows --------------------------------------------------------------------------------------


def _lines(layout: Layout, head: Head, rows: Iterable[Balance], written: Written) -> Iterator[Row]:
    """Values of each column, before they become texts."""

    def count(found: dict[str, Value]) -> None:
        for name in written.sums:
            amount = found[name]
            written.sums[name] += amount if isinstance(amount, Decimal) else 0

    def plain() -> Iterator[Row]:
        number = 0
        for row in rows:
            amounts = (row.opening, row.debit, row.credit, row.closing, row.amount_group)
            if layout.omits_zero and not any(amounts):
                continue
            number += 1
            found = values(head, number, row)
            count(found)
            yield [_formed(column, found) for column in layout.columns]

    lines: Iterable[Row] = plain()
    if layout.adds_up:
        lines = _added_up(layout, lines)
    if layout.order:
        titles = [column.title for column in layout.columns]
        places = [titles.index(title) for title in layout.order]
        lines = ordered(lines, key=lambda line: [_sortable(line[place]) for place in places])
    for line in lines:
        written.rows += 1
        yield line


def _added_up(layout: Layout, lines: Iterable[Row]) -> Iterator[Row]:
    amounts = [FIELDS.get(column.source) == "amount" for column in layout.columns]
    # a number of the row makes every row another one
    counted = [column.source == "sequence" for column in layout.columns]
    same = [place for place, (amount, number) in enumerate(zip(amounts, counted, strict=True)) if not amount | number]
    placed: Iterable[Row] = ([place, *line] for place, line in enumerate(lines))
    # like rows come together, and then each group to the place of its first row
    key = _key_of(same)
    groups = (_sum_of(alike, amounts) for _key, alike in groupby(ordered(placed, key), key))
    for number, (_place, *line) in enumerate(ordered(groups, itemgetter(0)), 1):
        if not layout.omits_zero or any(isinstance(value, Decimal) and value for value in line) or not any(amounts):
            yield [number if is_number else value for value, is_number in zip(line, counted, strict=True)]


def _key_of(places: Sequence[int]) -> Callable[[Row], list[Any]]:
    # nothing is another value than an empty text; the first one of a row is its place
    return lambda row: [(row[place + 1] is None, _sortable(row[place + 1])) for place in places]


def _sum_of(rows: Iterable[Row], amounts: Sequence[bool]) -> Row:
    """:return: the first row with the sums of all"""
    waiting = iter(rows)
    total = next(waiting)
    for row in waiting:
        for place, value in enumerate(row[1:], 1):
            if amounts[place - 1] and isinstance(value, Decimal):
                before = total[place]
                total[place] = value + (before if isinstance(before, Decimal) else 0)
    return total


def _formed(column: Column, found: dict[str, Value]) -> Value:
    if not column.source:
        return column.text
    value = found[column.source]
    if isinstance(value, Decimal):
        if FIELDS[column.source] == "amount":
            value = -value if column.sign == "reversed" else abs(value) if column.sign == "absolute" else value
        if value == 0:
            # no minus before nothing
            value = abs(value)
    return value


def _sortable(value: Value) -> tuple[int, Decimal, str]:
    if isinstance(value, int | Decimal):
        return 0, Decimal(value), ""
    return 1, Decimal(0), value.isoformat() if isinstance(value, date) else value or ""


# -- texts -------------------------------------------------------------------------------------


def _text(layout: Layout, column: Column, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.strftime(DATES[column.dates])
    if isinstance(value, Decimal):
        return format(_rounded(column, value), "f").replace(".", layout.decimal_mark)
    return str(value)


def _rounded(column: Column, value: Decimal) -> Decimal:
    if column.decimals is None:
        return value
    rounded = value.quantize(Decimal(1).scaleb(-column.decimals), ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def _write_text(layout: Layout, head: Head, lines: Iterator[Row], stream: BinaryIO, written: Written) -> None:
    # one encoder for the whole: a byte order mark comes once
    out = io.TextIOWrapper(stream, layout.encoding, newline="")
    table = csv.writer(
        out,
        delimiter=layout.separator if layout.kind == "csv" else ";",
        lineterminator=layout.line_end,
        quoting=csv.QUOTE_ALL if layout.quotes_all else csv.QUOTE_MINIMAL,
    )

    def put(cells: Sequence[str]) -> None:
        if layout.kind == "csv":
            table.writerow(cells)
        else:
            out.write("".join(cells) + layout.line_end)

    number = 0
    try:
        if layout.before:
            out.write(_filled(layout.before, _named(head, written)) + layout.line_end)
        if layout.has_header:
            put([_fitted(layout, column, column.title, None, 0) for column in layout.columns])
        for number, line in enumerate(lines, 1):
            put(
                [
                    _fitted(layout, column, _text(layout, column, value), value, number)
                    for column, value in zip(layout.columns, line, strict=True)
                ]
            )
        if layout.after:
            out.write(_filled(layout.after, _named(head, written)) + layout.line_end)
        out.flush()
    except UnicodeEncodeError as error:
        raise LayoutError(
            f"Row {number}: {error.object[error.start]!r} cannot be written in {layout.encoding}."
        ) from error
    finally:
        try:
            out.detach()
        except UnicodeEncodeError:
            # what is left of a row that was told already
            pass


def _fitted(layout: Layout, column: Column, text: str, value: Value, number: int) -> str:
    """:return: the cell: guarded in CSV, filled up in fixed width"""
    is_text = isinstance(value, str) or value is None
    if layout.kind == "csv":
        return str(guard(text)) if layout.guards and is_text and text else text
    if any(mark in text for mark in "\r\n"):
        raise LayoutError(f"Row {number}, {column.title}: a line break cannot be written in fixed width.")
    if len(text) > column.width:
        if not (is_text and (layout.cuts or number == 0)):
            raise LayoutError(f"Row {number}, {column.title}: {len(text)} characters are more than {column.width}.")
        text = text[: column.width]
    if column.align == "left":
        return text.ljust(column.width, column.pad)
    if column.pad == "0" and text.startswith("-"):
        return "-" + text[1:].rjust(column.width - 1, "0")
    return text.rjust(column.width, column.pad)


def _filled(text: str, named: dict[str, str]) -> str:
    """:return: a text with ``{name}`` replaced; nothing else of it means anything"""
    rest, made = text, []
    while rest:
        before, brace, rest = rest.partition("{")
        made.append(before)
        if not brace:
            break
        name, end, rest = rest.partition("}")
        if not end or name not in named:
            raise LayoutError(f"{{{name[:40]}}} stands for nothing. There are: {', '.join(NAMES)}.")
        made.append(named[name])
    return "".join(made)


def _named(head: Head, written: Written) -> dict[str, str]:
    return {
        "batch_id": head.batch,
        "entity_code": head.entity,
        "scenario": head.scenario,
        "period_start": head.first.isoformat(),
        "period_end": head.last.isoformat(),
        "fiscal_year": str(head.fiscal_year),
        "period": str(head.period),
        "generated_at": head.generated,
        "rows": str(written.rows),
        **{name: format(amount, "f") for name, amount in written.sums.items()},
    }


# -- sheets ------------------------------------------------------------------------------------


def _write_sheet(layout: Layout, head: Head, lines: Iterator[Row], stream: BinaryIO, written: Written) -> None:
    book = xlsxwriter.Workbook(
        stream, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("Balances")
    bold = book.add_format({"bold": True})
    formats = {}
    place = 0
    if layout.before:
        sheet.write_string(place, 0, _filled(layout.before, _named(head, written)))
        place += 1
    if layout.has_header:
        for number, column in enumerate(layout.columns):
            sheet.write_string(place, number, column.title, bold)
        place += 1
    for line in lines:
        for number, (column, value) in enumerate(zip(layout.columns, line, strict=True)):
            if isinstance(value, Decimal):
                value = _rounded(column, value)
                exponent = value.as_tuple().exponent
                shown = max(-exponent, 0) if isinstance(exponent, int) else 0
                if shown not in formats:
                    formats[shown] = book.add_format({"num_format": "0." + "0" * shown if shown else "0"})
                if len(value.as_tuple().digits) <= DIGITS:
                    sheet.write_number(place, number, float(value), formats[shown])
                    continue
            elif isinstance(value, int):
                sheet.write_number(place, number, value)
                continue
            text = _text(layout, column, value)
            if text:
                sheet.write_string(place, number, text)
        place += 1
    if layout.after:
        sheet.write_string(place, 0, _filled(layout.after, _named(head, written)))
    book.close()
