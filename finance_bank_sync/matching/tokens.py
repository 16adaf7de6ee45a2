"""Pieces of remittance text that could be a document number or a reference."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: shorter pieces are too common to identify a document
MIN_LENGTH = 4
#: a number may be torn over this many words, e.g. ``INV / 2026 / 00012``
MAX_WORDS = 5
#: no real remittance is longer; bounds the work on hostile input
MAX_TEXT = 4000

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
# commas, semicolons and plus signs separate documents, they are never inside a number
_SEPARATOR = re.compile(r"[,;+&]")
_INSIDE_WORDS = re.compile(r"[^0-9A-Z\s]+")


def normalise(text: str) -> str:
    """Upper case letters and digits only: ``inv/2026/00012`` and ``INV 2026-00012`` become one."""
    return _NOT_ALPHANUMERIC.sub("", text.upper())


def tokens(texts: Iterable[str | None]) -> frozenset[str]:
    """Everything in free text that could be a document number.

    Each run of up to :data:`MAX_WORDS` consecutive words is normalised as one piece, so that
    blanks inside a number do not hide it. A piece needs a digit and :data:`MIN_LENGTH`
    characters. Comparing whole pieces, not substrings, keeps ``INV/1`` from matching
    ``INV/12``.
    """
    found: set[str] = set()
    for text in set(texts):
        if not text:
            continue
        words = _INSIDE_WORDS.sub("", _SEPARATOR.sub(" ", text[:MAX_TEXT]).upper()).split()
        has_digit = [not word.isalpha() for word in words]
        for start in range(len(words)):
            if True not in has_digit[start : start + MAX_WORDS]:
                continue
            joined = ""
            is_number = False
            for place in range(start, min(start + MAX_WORDS, len(words))):
                joined += words[place]
                if len(joined) > 64:
                    break
                is_number = is_number or has_digit[place]
                if is_number and len(joined) >= MIN_LENGTH:
                    found.add(joined)
    return frozenset(found)


def references(values: Iterable[str | None]) -> frozenset[str]:
    """Structured references, normalised whole."""
    return frozenset(piece for piece in (normalise(value) for value in values if value) if len(piece) >= MIN_LENGTH)


def digits_of(number: str | None) -> frozenset[str]:
    """The digits of a document's number, and their last run: what people write of a long number."""
    if not number:
        return frozenset()
    runs = re.findall(r"[0-9]+", number)
    whole = "".join(runs)
    last = runs[-1] if runs else ""
    pieces = {whole, last, last.lstrip("0")}
    return frozenset(piece for piece in pieces if len(piece) >= MIN_LENGTH)


def is_identifying(name: str) -> bool:
    """Whether a name is long enough, and not a date, so that it is nobody else's by chance."""
    if name.isdigit():
        return len(name) >= 6 and not is_date(name)
    return len(name) >= 5


def is_date(name: str) -> bool:
    """Digits that read as a year, or as a day in this century in one of the usual orders."""
    if not name.isdigit():
        return False
    if len(name) == 4:
        return 1990 <= int(name) <= 2099
    if len(name) == 6:
        return _is_month(name[:4], name[4:]) or _is_month(name[2:], name[:2]) or _is_short_day(name)
    if len(name) != 8:
        return False
    return _is_day(name[:4], name[4:6], name[6:]) or _is_day(name[4:], name[2:4], name[:2])


def _is_month(year: str, month: str) -> bool:
    return 1990 <= int(year) <= 2099 and 1 <= int(month) <= 12


def _is_day(year: str, month: str, day: str) -> bool:
    return _is_month(year, month) and 1 <= int(day) <= 31


def _is_short_day(name: str) -> bool:
    """YYMMDD or DDMMYY of these years."""
    return _is_day(f"20{name[:2]}", name[2:4], name[4:]) or _is_day(f"20{name[4:]}", name[2:4], name[:2])
