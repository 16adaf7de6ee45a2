"""Ways in which a file may be split into cells: kind, sheet, encoding and delimiter."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from itertools import islice

from ..model import NO_CURRENCY, FormatError
from .names import NAMES, TEXTS
from .profile import CSV, XLSX, Cells, SheetProfile
from .words import plain
from .workbook import is_workbook, sheet_of, titles

_DELIMITERS = (";", ",", "\t", "|")
_ENCODINGS = ("cp1252", "cp1250", "iso8859-2", "cp1251", "cp1253", "cp1254", "gb18030", "cp932", "big5", "euc_kr")
#: what is looked at to tell the encoding
_LOOKED_AT = 64 * 1024
_NAMES = TEXTS.union(*NAMES.values())
_TOKENS = re.compile('[;,\t|"\r\n]+')


def bare(
    kind: str, *, delimiter: str = ",", encoding: str = "utf-8", sheet: str = "", skip_lines: int = 0
) -> SheetProfile:
    """:return: a profile that gives rows of cells, and knows nothing about them"""
    return SheetProfile(
        name="", kind=kind, sheet=sheet, columns={"date": 1, "amount": 1}, account="0", currency=NO_CURRENCY,
        delimiter=delimiter, encoding=encoding, skip_lines=skip_lines, has_header=False,
    )  # fmt: skip


def cells_of(profile: SheetProfile) -> SheetProfile:
    """:return: how the rows of a profile's files are split, the header row first"""
    return bare(
        profile.kind, delimiter=profile.delimiter, encoding=profile.encoding, sheet=profile.sheet,
        skip_lines=profile.skip_lines,
    )  # fmt: skip


def first_rows(content: bytes, profile: SheetProfile, count: int | None = None) -> list[Cells]:
    """:return: number and cells of the first rows that are not empty
    :raise FormatError: the file is no table of that kind
    """
    return list(islice(sheet_of(profile).cells(io.BytesIO(content)), count))


def kinds(content: bytes, count: int) -> Iterator[tuple[SheetProfile, list[Cells]]]:
    """Yield the ways that give a table, with its first rows."""
    for profile in _ways(content):
        try:
            rows = first_rows(content, profile, count)
        except FormatError:
            continue
        if max((len(cells) for _line, cells in rows), default=0) > 1:
            yield profile, rows


def _ways(content: bytes) -> Iterator[SheetProfile]:
    if content.startswith(b"PK"):
        try:
            if is_workbook(io.BytesIO(content)):
                yield bare(XLSX)
                for title in titles(io.BytesIO(content))[1:]:
                    yield bare(XLSX, sheet=title)
        except (zipfile.BadZipFile, FormatError):
            return
        return
    encoding = encoding_of(content)
    if encoding is None:
        return
    for delimiter in _DELIMITERS:
        yield bare(CSV, delimiter=delimiter, encoding=encoding)


def encoding_of(content: bytes) -> str | None:
    """:return: the likely encoding of a text, or None for what is no text of a table"""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16" if _decoded(content, "utf-16") is not None else None
    if b"\x00" in content[:4096] or content.lstrip()[:4].startswith((b"<", b"{", b"%PDF")):
        return None
    if _decoded(content, "utf-8") is not None:
        return "utf-8"
    texts = {code: text for code in _ENCODINGS if (text := _decoded(content, code)) is not None}
    if not texts:
        return "iso8859-1"
    # the names of the columns are words in the right encoding only; then, its texts look like texts
    return max(texts, key=lambda code: (_names_in(texts[code]), -_oddness(texts[code]), -_ENCODINGS.index(code)))


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)[:_LOOKED_AT]
    except UnicodeDecodeError:
        return None


def _names_in(text: str) -> int:
    """Count names of columns that are written with letters of their own; those of ASCII are in every encoding."""
    tokens = {token.strip() for token in _TOKENS.split(text[:4096]) if not token.isascii()}
    return len({name for token in tokens if (name := plain(token)) in _NAMES})


def _oddness(text: str) -> int:
    """Count signs and capitals in the middle of words."""
    odd = 0
    for before, char in zip(text, text[1:], strict=False):
        if ord(char) > 127 or ord(before) > 127:
            if (
                before.isalpha()
                and not char.isalpha()
                and ord(char) > 127
                and unicodedata.category(char)[0] not in "ZP"
            ):
                odd += 1
            elif before.islower() and char.isupper():
                odd += 1
            elif unicodedata.category(char) == "Cc":
                odd += 1
    return odd
