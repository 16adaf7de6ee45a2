"""Elements of a camt message to plain values: names, texts, amounts, dates, indicators.

Everything is matched on local names, because banks write legacy namespaces, prefixes or no
namespace at all. What is missing or malformed raises :class:`Broken` with the element, and
the reader of the file turns that into a ``FormatError`` with line and path.

The caches are small and bounded; a statement repeats its dates, and an entry its amounts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache

from odoo.addons.finance_connector_base.engine.drafts import draft

# re-exported to the other readers of this format
from odoo.addons.finance_connector_base.safe.xml import Element as Element

from ..model import Money
from ..text_values import with_comma, without_spaces

_new_money = draft(Money)

#: ActiveOrHistoricCurrencyAndAmount: at most 18 digits, 5 of them fractional
_AMOUNT_DIGITS = 18
_AMOUNT_FRACTION = 5
#: DecimalNumber and BaseOneRate: up to 17 fractional digits
_NUMBER_FRACTION = 17
#: a number written with more characters than this is not a number (leading zeros occur)
_NUMBER_LENGTH = 60
#: what banks write for "no reference" (specs/camt.md section 5; NONREF is the SWIFT habit)
#: HR99 is the Croatian model of a payment without a reference
_NO_REFERENCE = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF", "HR99"})

#: of the time of day only that it looks like one: it is not used, and banks misspell it
_DATE = re.compile(r"(\d{4}-\d\d-\d\d|\d{8})(?:T[\d:.,]{5,30})?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?)?(?:(Z)|([+-])(\d\d):(\d\d))?", re.ASCII
)
#: a decimal comma, or both marks
_LOCAL_MARKS = re.compile(
    r"[0-9]{1,18},[0-9]{1,2}|[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]{1,2}|(?:,[0-9]{3})+\.[0-9]{1,2})", re.ASCII
)
#: what the schema has, and the words that a few banks write
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Broken(Exception):
    """An element is missing or malformed; ``name`` is the missing child, if one is."""

    def __init__(self, code: str, message: str, element: Element, *, name: str = "", value: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.element = element
        self.name = name
        self.value = value


class _Invalid(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class _LocalNames(dict[str, str]):
    """Local name by tag, remembered: cutting off the namespace each time would cost more."""

    #: a file cannot fill the memory with invented names and namespaces
    _MOST = 2000
    _LONGEST = 200

    def __missing__(self, tag: str) -> str:
        name = tag.rpartition("}")[2]
        if len(tag) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[tag] = name
        return name


LOCAL = _LocalNames()


class Warnings:
    """Lenient readings of one statement: each kind once, with its first place and a count."""

    def __init__(self, place: Callable[[Element], str]) -> None:
        self._place = place
        self._first: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, code: str, where: Element | str) -> None:
        """Note a lenient reading of an element, or of something named."""
        self._counts[code] += 1
        if code not in self._first:
            self._first[code] = where if isinstance(where, str) else self._place(where)

    def collected(self) -> tuple[tuple[str, str], ...]:
        """Return ``(code, place)`` in the order of appearance."""
        return tuple(
            (code, place if self._counts[code] == 1 else f"{place} and {self._counts[code] - 1} more")
            for code, place in self._first.items()
        )


def children(element: Element, once: frozenset[str]) -> dict[str, Element]:
    """Return the children by local name.

    :param once: the names that may stand there only once
    :raise Broken: one of them is repeated; taking either would be a guess
    """
    found = {LOCAL[child.tag]: child for child in element}
    if len(found) != len(element):
        counts = Counter(LOCAL[child.tag] for child in element)
        for name, count in counts.items():
            if count > 1 and name in once:
                raise Broken("element_repeated", f"{name} stands there {count} times", element, name=name)
    return found


def named(element: Element, name: str) -> list[Element]:
    """Return the children with a local name."""
    return [child for child in element if LOCAL[child.tag] == name]


def descend(element: Element | None, *names: str) -> Element | None:
    """Return the first descendant along a path of local names."""
    for name in names:
        if element is None:
            return None
        for child in element:
            if LOCAL[child.tag] == name:
                element = child
                break
        else:
            return None
    return element


def text_of(element: Element | None) -> str | None:
    """Return the text without surrounding white space; nothing is None."""
    if element is None:
        return None
    text = element.text
    return (text.strip() or None) if text else None


def text_at(element: Element | None, *names: str) -> str | None:
    """Return the text of a descendant along a path of local names."""
    return text_of(descend(element, *names))


def reference(text: str | None) -> str | None:
    """Return a reference, or None for the bank's way of writing that there is none."""
    if not text:
        return None
    text = text.strip()
    # nearly every reference is decided by its first letter
    if not text or (text[0] in "NnH" and text.upper() in _NO_REFERENCE):
        return None
    return text


def choice(element: Element | None) -> str | None:
    """Return ``Cd``, else ``Prtry`` (``Prtry/Id`` where it is a structure)."""
    if element is None:
        return None
    return text_at(element, "Cd") or text_at(element, "Prtry") or text_at(element, "Prtry", "Id")


def money(element: Element, negative: bool, currency: str | None = None) -> Money:
    """Read an amount with its currency attribute; the sign comes from elsewhere.

    :param currency: the one of an amount that tells none, where something else does
    """
    try:
        return _money(element.text, element.get("Ccy") or currency, negative)
    except _Invalid as error:
        raise Broken(error.code, error.message, element, value=element.text or "") from None


@lru_cache(maxsize=8192)
def _money(text: str | None, currency: str | None, negative: bool) -> Money:
    amount = _number(text, "amount", _AMOUNT_FRACTION)
    if not currency:
        raise _Invalid("currency_missing", "The amount has no currency (Ccy), and the account tells none (Acct/Ccy)")
    currency = currency.strip().upper()
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise _Invalid("currency_invalid", f"{currency[:10]!r} is not a currency code")
    # copy_negate and not minus: minus would round in a caller's decimal context
    return _new_money(amount=amount.copy_negate() if negative and amount else amount, currency=currency)


def number(element: Element, *, signed: bool = False) -> Decimal:
    """Read a control sum or rate (DecimalNumber, BaseOneRate)."""
    text = element.text
    negative = signed and text is not None and text.strip().startswith("-")
    try:
        value = _number(text.replace("-", "", 1) if text and negative else text, "number", _NUMBER_FRACTION)
        return value.copy_negate() if negative else value
    except _Invalid as error:
        raise Broken(error.code, error.message, element, value=element.text or "") from None


def _number(text: str | None, kind: str, fraction_digits: int) -> Decimal:
    """Read digits with at most one point: no exponent, minus, NaN or other alphabet.

    A plus is of the schema. A comma before one or two last digits, points or commas between thousands beside the
    other mark, and blanks or apostrophes between thousands are written by programs of some countries, and can mean
    one thing only.
    """
    stripped = text.strip(" \t\r\n") if text else ""
    if not stripped:
        raise _Invalid(f"{kind}_missing", f"The {kind} is empty")
    whole, _point, fraction = stripped.partition(".")
    digits = whole + fraction
    if not digits.isdigit() and (usual := _usual(stripped)) != stripped:
        stripped = usual
        whole, _point, fraction = stripped.partition(".")
        digits = whole + fraction
    if len(stripped) > _NUMBER_LENGTH or not (digits.isascii() and digits.isdigit()):
        if stripped.startswith("-"):
            raise _Invalid(f"{kind}_negative", f"The {kind} is negative; its sign is told by CdtDbtInd")
        raise _Invalid(f"{kind}_invalid", f"This is not a valid {kind}")
    if len(fraction) > fraction_digits and len(fraction.rstrip("0")) > fraction_digits:
        raise _Invalid(f"{kind}_precision", f"The {kind} has more than {fraction_digits} decimal places")
    if len(fraction) > fraction_digits:  # zeros alone are no precision
        fraction = fraction.rstrip("0")
        digits, stripped = whole + fraction, f"{whole}.{fraction}"
    if len(digits.lstrip("0")) > _AMOUNT_DIGITS:
        raise _Invalid(f"{kind}_invalid", f"The {kind} has more than {_AMOUNT_DIGITS} digits")
    return Decimal(stripped)


def _usual(text: str) -> str:
    """Return a number as the schema has it, or as it is."""
    text = text[1:] if text[0] == "+" and text[1:2].isdigit() else text
    if len(text) > _NUMBER_LENGTH:
        return text
    text = without_spaces(text)
    return with_comma(text).replace(",", ".") if _LOCAL_MARKS.fullmatch(text) else text


def integer(element: Element | None, digits: int = 15) -> int | None:
    """Read a count (Max15NumericText) or page number (Max5NumericText)."""
    text = text_of(element)
    if element is None or text is None:
        return None
    if len(text.lstrip("0")) > digits or len(text) > _NUMBER_LENGTH or not (text.isascii() and text.isdigit()):
        raise Broken("number_invalid", "This is not a valid number", element, value=text)
    return int(text)


def boolean(element: Element | None) -> bool | None:
    """Read an indicator."""
    text = text_of(element)
    if element is None or text is None:
        return None
    value = _BOOLEANS.get(text.lower())
    if value is None:
        raise Broken("indicator_invalid", "This is neither true nor false", element, value=text)
    return value


def is_debit(element: Element) -> bool:
    """Read ``CdtDbtInd``, the only source of a sign."""
    text = element.text
    if text == "CRDT":
        return False
    if text == "DBIT":
        return True
    stripped = (text_of(element) or "").upper()
    if stripped not in ("CRDT", "DBIT"):
        raise Broken("credit_debit_invalid", "This is neither CRDT nor DBIT", element, value=stripped)
    return stripped == "DBIT"


def calendar_date(element: Element | None) -> date | None:
    """Read a ``DateAndDateTimeChoice``: the one child is ``Dt`` or ``DtTm``.

    Banks mix up what they write in the two, and a few leave the child out. The calendar date counts as it is
    printed; time and offset never move it.
    """
    if element is None:
        return None
    return date_of(element[0] if len(element) else element)


def date_of(element: Element) -> date | None:
    """Read the calendar date of a date or date and time; an empty one is none."""
    try:
        return _date(element.text)
    except _Invalid as error:
        raise Broken(error.code, error.message, element, value=element.text or "") from None


@lru_cache(maxsize=2048)
def _date(text: str | None) -> date | None:
    if not text or text.isspace():
        return None
    match = _DATE.fullmatch(text.strip()) if len(text) < _NUMBER_LENGTH else None
    if match is None:
        raise _Invalid("date_invalid", "This is not a valid date")
    day = match[1].replace("-", "")
    try:
        return date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        raise _Invalid("date_invalid", "There is no such day") from None


def date_time(element: Element | None) -> datetime | None:
    """Read a date and time with its offset as it is printed; nanoseconds are cut."""
    text = text_of(element)
    if element is None or text is None:
        return None
    match = _DATE_TIME.fullmatch(text) if len(text) < _NUMBER_LENGTH else None
    if match is None:
        raise Broken("date_invalid", "This is not a valid date and time", element, value=text)
    try:
        return _build_date_time(match)
    except (ValueError, OverflowError):
        raise Broken("date_invalid", "There is no such day or time", element, value=text) from None


def _build_date_time(match: re.Match[str]) -> datetime:
    day, hour, minute, second, fraction, utc, sign, off_hours, off_minutes = match.groups(default="")
    zone: timezone | None = None
    if utc:
        zone = timezone.utc
    elif sign:
        offset = timedelta(hours=int(off_hours), minutes=int(off_minutes))
        zone = timezone(-offset if sign == "-" else offset)
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), zone)
    if (hour, minute, second) == ("24", "00", "00"):  # XML Schema: the end of the day
        return start + timedelta(days=1)
    return start.replace(
        hour=int(hour or 0),
        minute=int(minute or 0),
        second=int(second or 0),
        microsecond=int(fraction.ljust(6, "0") or 0),
    )


def join_lines(lines: Sequence[str], full: int = 140) -> str | None:
    """Join text lines: a line that fills its ``full`` characters goes on without a blank."""
    if len(lines) == 1:
        return lines[0].strip() or None
    joined = ""
    goes_on = True
    for line in lines:
        if not line.strip():
            continue
        is_full = len(line) == full
        joined += line if goes_on else " " + line.lstrip()
        if not is_full:
            joined = joined.rstrip()
        goes_on = is_full
    return joined.strip() or None
