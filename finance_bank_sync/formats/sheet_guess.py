"""A proposal of how a table of a bank is written, made from a sample for a person to look at.

Files are never read by what is guessed here: a person sees the first rows as the proposed profile reads them,
corrects it, and saves it. Whatever cannot be told stays as the form has it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice, pairwise

from .model import FormatError
from .sheet import CSV, MARKED, SIGNED, TWO_COLUMNS, XLSX, SheetProfile
from .sheet_words import CREDIT_WORDS, DEBIT_WORDS, plain, roles
from .workbook import is_workbook, sheet_of

#: rows that are looked at
ROWS = 80
#: rows among which the header row is looked for
_HEAD = 30
_DELIMITERS = (";", ",", "\t", "|")
_ENCODINGS = ("utf-8", "cp1252")
_DATES = (
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%Y/%m/%d", "%d.%m.%y",
    "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%Y.%m.%d", "%Y.%m.%d.",
    "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S",
)  # fmt: skip
#: decimal mark and mark between thousands
_MARKS = ((".", ""), (",", ""), (".", ","), (",", "."), (".", "'"), (",", "'"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a sample shows.

    :param header: the cells of the header row, or of the first row where none was recognised
    :param unsure_of_days: the dates could as well be written with the month first
    """

    profile: SheetProfile
    header: tuple[str, ...]
    debit_marker: str = ""
    credit_marker: str = ""
    unsure_of_days: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)


def bare(
    kind: str, *, delimiter: str = ",", encoding: str = "utf-8", sheet: str = "", skip_lines: int = 0
) -> SheetProfile:
    """:return: a profile that gives rows of cells, and knows nothing about them"""
    return SheetProfile(
        name="", kind=kind, sheet=sheet, columns={"date": 1, "amount": 1}, account="0", currency="EUR",
        delimiter=delimiter, encoding=encoding, skip_lines=skip_lines, has_header=False,
    )  # fmt: skip


def cells_of(profile: SheetProfile) -> SheetProfile:
    """:return: how the rows of a profile's files are split, the header row first"""
    return bare(
        profile.kind, delimiter=profile.delimiter, encoding=profile.encoding, sheet=profile.sheet,
        skip_lines=profile.skip_lines,
    )  # fmt: skip


def first_rows(content: bytes, profile: SheetProfile, count: int = ROWS) -> list[tuple[int, list[str]]]:
    """:return: number and cells of the first rows that are not empty
    :raise FormatError: the file is no table of that kind
    """
    return list(islice(sheet_of(profile).cells(io.BytesIO(content)), count))


def guess(content: bytes) -> Guess | None:
    """Look at a sample.

    :return: the proposal, or None where the file is no table
    """
    best: tuple[int, int, Guess] | None = None
    for profile in _kinds(content):
        try:
            rows = first_rows(content, profile)
        except FormatError:
            continue
        width = max((len(cells) for _line, cells in rows), default=0)
        if width < 2:
            continue
        found = _with_columns(profile, rows)
        rank = (len(found.columns), width)
        if best is None or rank > best[:2]:
            best = (*rank, found)
    if best is None:
        return None
    return _with_values(content, best[2]) if best[2].columns else best[2]


def _kinds(content: bytes) -> Iterator[SheetProfile]:
    if content.startswith(b"PK"):
        try:
            if is_workbook(io.BytesIO(content)):
                yield bare(XLSX)
        except zipfile.BadZipFile:
            return
        return
    head = content[:4096]
    if b"\x00" in head or head.lstrip().startswith((b"<", b"{", b"%PDF")):
        return
    encoding = next((code for code in _ENCODINGS if _decodes(content, code)), "iso8859-1")
    for delimiter in _DELIMITERS:
        yield bare(CSV, delimiter=delimiter, encoding=encoding)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _with_columns(profile: SheetProfile, rows: list[tuple[int, list[str]]]) -> Guess:
    best: dict[str, str] = {}
    line, header = rows[0]
    for number, cells in rows[:_HEAD]:
        found = roles(cells)
        if "date" in found and len(found) > max(len(best), 1):
            best, line, header = found, number, cells
    if not best:
        return Guess(profile=profile, header=tuple(header))
    columns = {role: name for role, name in best.items() if role not in ("debit", "credit", "marker")}
    if "debit" in best and "credit" in best:
        amounts = TWO_COLUMNS
        columns |= {"debit": best["debit"], "credit": best["credit"]}
        columns.pop("amount", None)
    elif "marker" in best and "amount" in best:
        amounts = MARKED
        columns["marker"] = best["marker"]
    else:
        amounts = SIGNED
    return Guess(
        profile=replace(profile, has_header=True, skip_lines=line - 1, amounts=amounts),
        header=tuple(cell.strip() for cell in header),
        columns=columns,
    )


def _with_values(content: bytes, found: Guess) -> Guess:
    """How dates and amounts are written: what reads every row of the sample."""
    rows = first_rows(content, cells_of(found.profile), ROWS + 1)[1:]
    places = {role: found.header.index(name) for role, name in found.columns.items()}

    def texts(role: str) -> list[str]:
        at = places.get(role)
        return [] if at is None else [cells[at].strip() if at < len(cells) else "" for _line, cells in rows]

    columns = dict(found.columns)
    # the word means the value date in one language and the currency in another
    if "currency" not in columns and _are_currencies(texts("value_date")):
        columns["currency"] = columns.pop("value_date")
    # a number that every row repeats is the account of the statement
    accounts = texts("party_account")
    if len(accounts) > 1 and accounts[0] and len(set(accounts)) == 1:
        del columns["party_account"]
    if "text" not in columns and "reference" in columns and plain(columns["reference"]) == "reference":
        columns["text"] = columns.pop("reference")
    found = _with_direction(replace(found, columns=columns), rows)
    columns = dict(found.columns)
    days = texts("date")
    if "status" in columns:  # what is not booked may have no day
        days = [day for day, state in zip(days, texts("status"), strict=True) if day or not state]
    formats = [code for code in _DATES if days and _is_date(days[0], code)]
    # a total at the end is no booking
    footer = 0
    while formats and footer < len(days) - 1 and not any(_is_date(days[-1 - footer], code) for code in formats):
        footer += 1
    whole = days[: len(days) - footer]
    formats = [code for code in formats if all(_is_date(day, code) for day in whole)]
    profile = replace(found.profile, columns=columns, footer_rows=footer if len(rows) < ROWS else 0)
    if formats:
        written = [datetime.strptime(day, formats[0]) for day in whole]
        profile = replace(profile, date_format=formats[0], newest_first=len(written) > 1 and written[0] > written[-1])
    places["marker"] = found.header.index(columns["marker"]) if "marker" in columns else 0
    debit, credit = _markers(texts("marker")[: len(whole)] if "marker" in columns else [])
    if profile.amounts == MARKED and debit and credit:
        profile = replace(profile, debit_markers=(debit,), credit_markers=(credit,))
    for decimal, thousands in _MARKS if profile.problem() is None else ():
        tried = replace(profile, decimal_mark=decimal, thousands_mark=thousands)
        if _reads(content, tried):
            profile = _in_order(content, tried)
            break
    return replace(
        found,
        profile=profile,
        columns=columns,
        debit_marker=debit,
        credit_marker=credit,
        unsure_of_days=bool(formats) and is_month_unsure(whole, formats[0]),
    )


def _with_direction(found: Guess, rows: list[tuple[int, list[str]]]) -> Guess:
    """Find the column that tells debit or credit by what it holds, where no amount has a sign."""
    if found.profile.amounts != SIGNED or "amount" not in found.columns:
        return found
    amount = found.header.index(found.columns["amount"])
    whole = [cells for _line, cells in rows if len(cells) == len(found.header) and cells[amount].strip()]
    if not whole or any(sign in cells[amount] for cells in whole for sign in "-\u2212("):
        return found
    for place, name in enumerate(found.header):
        words = {cells[place].strip().casefold() for cells in whole}
        if words <= DEBIT_WORDS | CREDIT_WORDS and words & DEBIT_WORDS and found.header.count(name) == 1:
            columns = {role: column for role, column in found.columns.items() if column != name} | {"marker": name}
            return replace(found, columns=columns, profile=replace(found.profile, amounts=MARKED))
    return found


def _reads(content: bytes, profile: SheetProfile) -> bool:
    try:
        for _row in islice(sheet_of(profile).rows(io.BytesIO(content)), ROWS):
            pass
    except FormatError:
        return False
    return True


def _in_order(content: bytes, profile: SheetProfile) -> SheetProfile:
    """Say which row is the newest by the balances beside them; days alone do not tell it within a day."""
    rows = list(islice(sheet_of(profile).rows(io.BytesIO(content)), ROWS))
    told = [(row.balance, row.entry.money.amount) for row in rows if row.balance is not None]
    if len(told) < 2 or len(told) < len(rows):
        return profile
    down = all(after == before + amount for (before, _), (after, amount) in pairwise(told))
    up = all(before == after + amount for (before, amount), (after, _) in pairwise(told))
    return profile if down == up else replace(profile, newest_first=up)


def _are_currencies(texts: list[str]) -> bool:
    given = [text for text in texts if text]
    return bool(given) and all(len(text) == 3 and text.isalpha() for text in given)


def _is_date(text: str, code: str) -> bool:
    try:
        datetime.strptime(text, code)
    except ValueError:
        return False
    return True


def is_month_unsure(days: list[str], code: str) -> bool:
    """Say whether dates could as well be written with day and month the other way round."""
    if not code.startswith(("%d/", "%m/", "%d-", "%m-")):
        return False
    swapped = code.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")
    given = [day for day in days if day]
    return bool(given) and all(_is_date(day, code) and _is_date(day, swapped) for day in given)


def _markers(texts: list[str]) -> tuple[str, str]:
    """:return: the words for debit and credit, each empty where it cannot be told"""
    words = sorted({text for text in texts if text})
    debit = [word for word in words if word.casefold() in DEBIT_WORDS]
    credit = [word for word in words if word.casefold() in CREDIT_WORDS]
    return (debit[0] if len(debit) == 1 else "", credit[0] if len(credit) == 1 else "")
