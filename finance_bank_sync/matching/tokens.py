"""Pieces of remittance text that could be a document number or a reference."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

#: shorter pieces are too common to identify a document
MIN_LENGTH = 4
#: a number may be torn over this many words, e.g. ``INV / 2026 / 00012``
MAX_WORDS = 6
#: no real remittance is longer; bounds the work on hostile input
MAX_TEXT = 4000

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
_DIGITS = re.compile(r"[0-9]+")
# these separate documents or stand around a number, they are never inside it
_SEPARATOR = re.compile(r"[,;+&:*#|=\\~()\[\]{}<>\"!?°º]|(?<=[A-Z])[.](?=[0-9])")
_INSIDE_WORDS = re.compile(r"[^0-9A-Z\s]+")
# the second number of a range
_UNTIL = re.compile(r"(?<=[0-9]) -[ ](?=[0-9])")
# keys of structured texts between slashes: /VAT/.../INV/.../TXT/..., /REMI/USTD//.../
_KEY = re.compile(r"/(VAT|IDC|INV|TXT|REMI|USTD|STRD|ROC|URI|PREF|EREF|KREF|CHGS)(?=/)")
#: stands before what a word was glued to
GLUE = "\x02"
# a word for the document that is glued to its number
_GLUED = re.compile(
    r"(?<![0-9A-Z])((?:RECHNUNGS?|RECH|RE|RG|R|INVOICE|INV|FACTUUR|FACT|FATT|FT|FRA|FAKTURA|LASKU)[.-]?"
    r"(?:NR|NO|NUMMER)[.]?|RECHNUNG|INVOICE|FACTURE|FACTUUR|FATTURA|FACTURA|FAKTURA|FACT|FAC|FRA|RE|RG|INV|VS|SVWZ)"
    r"(?=[./-]?[A-Z]{0,4}[./-]?[0-9])[./-]?"
)
# what follows a number without a blank: a day, or the number of the customer
_AFTER = re.compile(
    r"(?<=[0-9])(?:(?=(?:VOM|KD|KDNR|DTD|DU|DEL)[.]?(?:[0-9]|NR))|"
    r"[/-](?=(?:(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:20)?[0-9]{2}"
    r"|[0-9]{1,2}[.][0-9]{1,2}[.](?:[0-9]{2,4})?|[0-9]{2}-[0-9]{2}-[0-9]{4})(?!\S)))"
)


def normalise(text: str) -> str:
    """Upper case letters and digits only: ``inv/2026/00012`` and ``INV 2026-00012`` become one."""
    return _NOT_ALPHANUMERIC.sub("", text.upper())


def split(text: str) -> str:
    """Upper case, with blanks where a number ends or begins though none was written; :data:`GLUE` says where."""
    upper = _UNTIL.sub(" -", _SEPARATOR.sub(" ", text.upper()))
    if "/" in upper:
        upper = _KEY.sub(r" \1 ", upper)
    return _AFTER.sub(" ", _GLUED.sub(_unglued, upper))


def _unglued(match: re.Match[str]) -> str:
    return f"{match[1]} {GLUE}"


def words_of(text: str) -> tuple[list[str], list[str]]:
    """Words of what :func:`split` gives, normalised, and as they are written."""
    written = text.split()
    words = _INSIDE_WORDS.sub("", text).split()
    if len(words) != len(written):
        found = [(piece, raw) for raw in written if (piece := _NOT_ALPHANUMERIC.sub("", raw))]
        return [piece for piece, _raw in found], [raw for _piece, raw in found]
    return words, written


def joined(words: Sequence[str], skipped: Collection[int] = ()) -> set[str]:
    """Runs of words that could be one number.

    Each run of up to :data:`MAX_WORDS` consecutive words is one piece, so that blanks inside a
    number do not hide it. A piece needs a digit and :data:`MIN_LENGTH` characters. Comparing
    whole pieces, not substrings, keeps ``INV/1`` from matching ``INV/12``.

    :param skipped: places of words that begin no number
    """
    found: set[str] = set()
    has_digit = [not word.isalpha() for word in words]
    for start in range(len(words)):
        if start in skipped or True not in has_digit[start : start + MAX_WORDS]:
            continue
        piece = ""
        is_number = False
        for place in range(start, min(start + MAX_WORDS, len(words))):
            piece += words[place]
            if len(piece) > 64:
                break
            is_number = is_number or has_digit[place]
            if is_number and len(piece) >= MIN_LENGTH:
                found.add(piece)
                # banks fill references up with zeros
                if piece[0] == "0" and piece.isdigit() and not is_date(piece):
                    short = piece.lstrip("0")
                    if len(short) >= MIN_LENGTH:
                        found.add(short)
    return found


def tokens(texts: Iterable[str | None]) -> frozenset[str]:
    """Everything in free text that could be a document number, whatever the words around it say."""
    found: set[str] = set()
    for text in set(texts):
        if text:
            found |= joined(words_of(split(text[:MAX_TEXT]).replace(GLUE, ""))[0])
    return frozenset(found)


def references(values: Iterable[str | None]) -> frozenset[str]:
    """Structured references, normalised whole."""
    return frozenset(piece for piece in (normalise(value) for value in values if value) if len(piece) >= MIN_LENGTH)


def digits_of(number: str | None) -> frozenset[str]:
    """The digits of a document's number, their last run, and all of it without zeros: what people write of a number."""
    if not number:
        return frozenset()
    runs = _DIGITS.findall(number)
    whole = "".join(runs)
    last = runs[-1] if runs else ""
    # SI-004512 is SI4512, INV/2026/00012 is INV/2026/12
    unpadded = normalise(number[: number.rindex(last)] + last.lstrip("0")) if last else ""
    pieces = {whole, last, last.lstrip("0"), unpadded}
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
