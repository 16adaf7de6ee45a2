"""Free address lines to street, number, postcode and town, without losing a word.

Banks refuse addresses that are nothing but lines from November 2026 on. What is recognised goes into its field;
everything else stays a line (hybrid). A guess tells how sure it is, so that a person looks at the doubtful ones, and it
holds every word of the input, which is checked each time: where it does not, the lines stay as they were.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from .fields import KINDS, texts_of
from .model import Address

#: from here on nobody needs to look
SURE = 80

_WORD = re.compile(r"\w+")
_BOX = re.compile(
    r"(?:post(?:fach|bus|boks|box|lokero|schliessfach)|p\.? ?o\.? ?box|bp|b\.p\.|cp|c\.p\.|apartado|apdo|"
    r"casella postale|boîte postale|boite postale|skrytka(?: pocztowa)?|caixa postal)\.?[ :]*\d[\d ]*",
    re.IGNORECASE,
)
_NUMBER = r"\d+ ?[A-Za-z]?(?: ?[-/+] ?\d+ ?[A-Za-z]?)*"
_LAST = re.compile(rf"(?P<street>[^\d\s].*?),? +(?P<building>{_NUMBER})")
_FIRST = re.compile(r"(?P<building>\d+[A-Za-z]?(?:[-/]\d+)?(?: (?:bis|ter|quater))?),? +(?P<street>[^\d\s].*)")

#: countries where the number of the building stands before the street
_NUMBER_FIRST = frozenset("AU CA FR GB IE IN LU MC MT NZ SG US ZA".split())
#: postcodes that stand before the town, by country; others: three to six digits
_POSTCODES = {
    **dict.fromkeys("AT BE BG CH CY DK HU LI LU LV NO SI".split(), r"\d{4}"),
    **dict.fromkeys("DE EE ES FI FR HR IT LT MC ME RS TR UA".split(), r"\d{5}"),
    **dict.fromkeys("CZ GR SE SK".split(), r"\d{3} ?\d{2}"),
    "LV": r"LV-?\d{4}",
    "LT": r"(?:LT-?)?\d{5}",
    "NL": r"\d{4} ?[A-Z]{2}",
    "PL": r"\d{2}-?\d{3}",
    "PT": r"\d{4}(?:-\d{3})?",
    "RO": r"\d{6}",
    "IS": r"\d{3}",
}
#: and those that stand behind it
_BEHIND = {
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "IE": r"[A-Z]\d[\dW] ?[A-Z\d]{4}",
    "US": r"\d{5}(?:-\d{4})?",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
    "AU": r"\d{4}",
    "NZ": r"\d{4}",
    "SG": r"\d{6}",
    "IN": r"\d{3} ?\d{3}",
}
_WITH_STATE = frozenset(("US", "CA", "AU"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """An address as it was understood.

    :param confidence: 0 (nothing was recognised) to 100; from :data:`SURE` on nobody needs to look
    :param notes: what is doubtful, for people
    """

    address: Address
    confidence: int
    notes: tuple[str, ...] = ()


def structured(lines: Iterable[str], country: str | None = None) -> Guess:
    """Understand free lines.

    :param country: code of two letters, where it is known apart from the lines
    """
    given = tuple(" ".join(line.split()) for line in lines)
    clean = [line for line in given if line]
    if len(clean) == 1 and "," in clean[0]:
        clean = [part.strip() for part in clean[0].split(",") if part.strip()]
    rest, named = _without_country(clean, country)
    country = country or named
    plain = Address(lines=tuple(clean), country=country)
    if not country:
        return Guess(address=plain, confidence=0, notes=("The country is not known",))
    guess = _understood(rest, country)
    if guess is None:
        return Guess(address=plain, confidence=0, notes=("No line looks like postcode and town",))
    if _words(text.value for text in texts_of(guess.address)) != _words(rest):
        return Guess(address=plain, confidence=0, notes=("Not every word found its place",))
    return guess


def of_fields(
    *,
    street: str | None = None,
    more: str | None = None,
    postcode: str | None = None,
    town: str | None = None,
    subdivision: str | None = None,
    country: str | None = None,
) -> Guess:
    """An address out of fields as contacts have them: the street with its number, a second line, town ..."""
    lines = tuple(" ".join(text.split()) for text in (street, more) if text and text.strip())
    address = Address(
        postcode=_clean(postcode), town=_clean(town), subdivision=_clean(subdivision), country=country, lines=lines
    )
    if not address.town or not country:
        whole = " ".join(text for text in (_clean(postcode), _clean(town)) if text)
        return structured([*lines, *filter(None, (whole, _clean(subdivision)))], country)
    address, notes = _with_street(address, lines, country)
    return Guess(address=address, confidence=100 if not notes else SURE, notes=notes)


def _understood(rest: Sequence[str], country: str) -> Guess | None:
    found = _town(rest, country)
    if found is None:
        return _town_alone(rest, country)
    address, used = found
    left = tuple(line for number, line in enumerate(rest) if number not in used)
    address, notes = _with_street(address, left, country)
    if not _fits(address):
        return None
    return Guess(address=address, confidence=95 if not notes else SURE, notes=notes)


def _town(rest: Sequence[str], country: str) -> tuple[Address, set[int]] | None:
    """The line with postcode and town, looked for from below."""
    for number in range(len(rest) - 1, -1, -1):
        line = rest[number]
        if country in _BEHIND:
            state = r",? (?P<state>[A-Z]{2,3})" if country in _WITH_STATE else ""
            match = re.fullmatch(rf"(?P<town>.*[^\d\s,].*?){state},? (?P<code>{_BEHIND[country]})", line)
            if match:
                groups = match.groupdict()
                return (
                    Address(
                        town=groups["town"].rstrip(", "),
                        postcode=groups["code"],
                        subdivision=groups.get("state"),
                        country=country,
                    ),
                    {number},
                )
            if number and re.fullmatch(_BEHIND[country], line) and not any(map(str.isdigit, rest[number - 1])):
                return Address(town=rest[number - 1], postcode=line, country=country), {number - 1, number}
            continue
        code = _POSTCODES.get(country, r"\d{3,6}")
        match = re.fullmatch(rf"(?P<code>(?:[A-Z]{{1,3}}[- ])?{code}) +(?P<town>[^\d\s].*)", line)
        if match:
            return Address(town=match["town"], postcode=match["code"], country=country), {number}
    return None


def _town_alone(rest: Sequence[str], country: str) -> Guess | None:
    """The last line is taken as the town where it has no digit and is not the only one: doubtful."""
    if len(rest) < 2 or any(map(str.isdigit, rest[-1])):
        return None
    address = Address(town=rest[-1], country=country)
    address, _notes = _with_street(address, tuple(rest[:-1]), country)
    if not _fits(address):
        return None
    return Guess(address=address, confidence=40, notes=("The last line was taken as the town: there is no postcode",))


def _with_street(address: Address, lines: tuple[str, ...], country: str) -> tuple[Address, tuple[str, ...]]:
    """Street, number and post box out of the other lines; what is neither stays a line."""
    left: list[str] = []
    for line in lines:
        if address.po_box is None and _BOX.fullmatch(line) and len(line) <= KINDS["building"].length:
            address = replace(address, po_box=line)
            continue
        match = None
        if address.street is None:
            match = (_FIRST if country in _NUMBER_FIRST else _LAST).fullmatch(line)
        if match and len(match["building"]) <= KINDS["building"].length and len(match["street"]) <= 70:
            address = replace(address, street=match["street"], building=match["building"])
        else:
            left.append(line)
    if address.street is None and len(left) == 1 and len(left[0]) <= KINDS["street"].length:
        # a single line that is no post box is the street, with or without number
        return replace(address, street=left[0], lines=()), ()
    notes = (f"Stays a free line: {'; '.join(left)}",) if left else ()
    return replace(address, lines=tuple(left)), notes


def _fits(address: Address) -> bool:
    return all(len(text.value) <= KINDS[text.kind].length for text in texts_of(address))


def _without_country(lines: list[str], country: str | None) -> tuple[list[str], str | None]:
    """The lines without a last one that names the country, and the country it names."""
    if len(lines) < 2:
        return lines, None
    named = _countries().get(lines[-1].casefold())
    if named is None or (country and named != country):
        return lines, None
    return lines[:-1], named


def _words(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in _WORD.findall(text))


def _clean(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


@cache
def _countries() -> dict[str, str]:
    """Names and codes of countries, in small letters, with the code."""
    data = json.loads(Path(__file__).with_name("countries.json").read_text(encoding="utf-8"))
    return {name.casefold(): code for code, names in data.items() for name in (code, *names)}
