"""Which column of a table is what where no name tells it: by what the columns hold, and by what the balances prove."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise, permutations

from ..text_values import Invalid, compact, is_iban
from .chain import Moved, Steps, steps
from .columns import HEAD, Columns, are_currencies, column, is_marker
from .dates import choose, looks_like_date
from .names import is_fee
from .profile import MARKED, SIGNED, TWO_COLUMNS, Cells
from .values import Dates, Numbers, looks_like_number
from .words import CURRENCIES, DEBIT_WORDS

#: decimal mark and mark between thousands
MARKS = ((".", ""), (",", ""), (".", ","), (",", "."), (".", "'"), (",", "'"))
_LOOKED_AT = 400
#: columns of amounts among which the balance is looked for
_MOST_AMOUNTS = 6
_LONGEST_AMOUNT = 12
#: rows that prove the balance before each booking
_FEWEST_PRECEDED = 3
_Numbers = list[Decimal | None]


def by_content(rows: list[Cells]) -> Columns | None:
    """Propose what the columns are; None where it cannot be told which one is the amount."""
    start = _start(rows)
    if start is None:
        return None
    width = max(len(cells) for _line, cells in rows[start : start + 3])
    header_at = start - 1 if start and _is_header(rows[start - 1][1], rows[start][1]) else -1
    header = tuple(cell.strip() for cell in rows[header_at if header_at >= 0 else start][1])
    body = rows[start : start + _LOOKED_AT]
    cells = {place: column(body, place) for place in range(width)}
    dates = [place for place, texts in cells.items() if _holds(texts, looks_like_date, 3)]
    if not dates:
        return None
    fees = {place for place, name in enumerate(header) if header_at >= 0 and is_fee(name)}
    amounts = {
        place: numbers
        for place, texts in cells.items()
        if place not in dates and place not in fees and (numbers := _read(texts))
    }
    markers = [
        place for place, texts in cells.items() if is_marker(texts) and {t.casefold() for t in texts} & DEBIT_WORDS
    ]
    written = choose([text for text in cells[dates[0]] if looks_like_date(text)])
    days = [Dates(written[0])(text) for text in cells[dates[0]] if looks_like_date(text)] if written else []
    columns = _amounts(amounts, markers, cells, days)
    if columns is None:
        return None
    columns.header, columns.header_at = header, header_at
    columns.places = {"date": dates[0], **({"value_date": dates[1]} if len(dates) > 1 else {}), **columns.places}
    _others(columns, cells, width)
    return columns


def start_of(rows: list[Cells]) -> int:
    """:return: where the rows of a table without a header row begin"""
    return _start(rows) or 0


def _start(rows: list[Cells]) -> int | None:
    for at, (_line, cells) in enumerate(rows[:HEAD]):
        texts = [cell.strip() for cell in cells]
        days = [text for text in texts if looks_like_date(text)]
        if days and any(looks_like_number(text) and text not in days for text in texts):
            return at
    return None


def _is_header(cells: list[str], first: list[str]) -> bool:
    texts = [cell.strip() for cell in cells]
    given = [text for text in texts if text]
    return (
        len(texts) == len(first)
        and len(given) > 1
        and not any(looks_like_number(text) or looks_like_date(text) for text in given)
    )


def _holds(texts: list[str], fits: object, of_five: int) -> bool:
    assert callable(fits)
    return sum(1 for text in texts if text and fits(text)) * 5 >= len(texts) * of_five


def _read(texts: list[str]) -> _Numbers | None:
    """:return: the numbers of a column, or None where it holds something else"""
    given = [text for text in texts if text]
    if not given or not all(map(looks_like_number, given)):
        return None
    if any(text[:2].isalpha() and sum(map(str.isdigit, text)) > _LONGEST_AMOUNT for text in given):
        return None  # numbers of accounts with a country before them
    if all(text.isdecimal() for text in given) and (
        len(set(given)) == 1 < len(given) or len(given[0]) > _LONGEST_AMOUNT
    ):
        return None  # a number of an account, or of a transaction
    found: _Numbers | None = None
    for decimal, thousands in MARKS:
        read = Numbers(decimal, thousands)
        try:
            numbers = [read(text) if text else None for text in texts]
        except Invalid:
            continue
        # a mark before three digits stands between thousands more often
        if not any(number is not None and number.as_tuple().exponent == -3 for number in numbers):
            return numbers
        found = found or numbers
    return found


def _amounts(
    amounts: dict[int, _Numbers], markers: list[int], cells: dict[int, list[str]], days: list[date]
) -> Columns | None:
    proved = _proved(amounts, markers, cells, days)
    if proved is not None:
        return proved
    preceded = _preceded(amounts)
    if preceded is not None:
        return preceded
    # numbers of cheques and codes have no decimals, and no signs
    money = {p: n for p, n in amounts.items() if any(x is not None and (x < 0 or "." in str(x)) for x in n)}
    money = money or amounts
    full = [place for place, numbers in money.items() if None not in numbers]
    if len(money) == 1 and full:
        [place] = full
        if markers and not any(number and number < 0 for number in money[place]):
            return _columns({"amount": place, "marker": markers[0]}, MARKED)
        return _columns({"amount": place})
    if len(money) == 2 and len(full) == 2 and len(money[full[0]]) == 1:
        # one row proves nothing: banks write the balance behind the amount
        columns = _columns({"amount": full[0], "balance": full[1]})
        columns.is_assumed = True
        return columns
    return None


def _columns(places: dict[str, int], amounts: str = SIGNED) -> Columns:
    return Columns(header_at=-1, header=(), places=places, texts=[], amounts=amounts)


def _proved(
    amounts: dict[int, _Numbers], markers: list[int], cells: dict[int, list[str]], days: list[date]
) -> Columns | None:
    """Choose the columns that the balances prove."""
    best: tuple[int, Columns] | None = None
    for places, way, moved, balances in _ways(amounts, markers, cells):
        found = _explained(moved, balances)
        if way == TWO_COLUMNS and days and days[0] != days[-1] and not found.goes_with(days):
            continue
        if found.is_proof and (best is None or found.best > best[0]):
            best = (found.best, _columns(places, way))
    return best[1] if best else None


def _preceded(amounts: dict[int, _Numbers]) -> Columns | None:
    """Choose the amount that leads from the balance before each booking to the one before the next.

    The balance after the last booking stands nowhere, so that such a table proves its columns and not itself.
    """
    for one, before in permutations(list(amounts)[:_MOST_AMOUNTS], 2):
        moved, told = amounts[one], amounts[before]
        if None in moved or None in told or len(told) < _FEWEST_PRECEDED or len(set(told)) < len(told):
            continue
        rows = list(zip(told, moved, strict=True))
        for way in (rows, rows[::-1]):
            if all(at + by == after for (at, by), (after, _by) in pairwise(way)):  # type: ignore[operator]
                columns = _columns({"amount": one})
                columns.before = before
                return columns
    return None


def _ways(
    amounts: dict[int, _Numbers], markers: list[int], cells: dict[int, list[str]]
) -> Iterator[tuple[dict[str, int], str, _Numbers, _Numbers]]:
    some = dict(list(amounts.items())[:_MOST_AMOUNTS])
    for one, balance in permutations(some, 2):
        yield {"amount": one, "balance": balance}, SIGNED, some[one], some[balance]
        for marker in markers:
            signed = [
                -number if number is not None and word.casefold() in DEBIT_WORDS else number
                for number, word in zip(some[one], cells[marker], strict=True)
            ]
            yield {"amount": one, "balance": balance, "marker": marker}, MARKED, signed, some[balance]
    for debit, credit, balance in permutations(some, 3):
        if any(a and b for a, b in zip(some[debit], some[credit], strict=True)):
            continue
        moved = [(b or Decimal(0)) - abs(a or Decimal(0)) if a is not None or b is not None else None
                 for a, b in zip(some[debit], some[credit], strict=True)]  # fmt: skip
        yield {"debit": debit, "credit": credit, "balance": balance}, TWO_COLUMNS, moved, some[balance]


def _explained(moved: _Numbers, balances: _Numbers) -> Steps:
    if any(number is None and balance is None for number, balance in zip(moved, balances, strict=True)):
        return Steps(0, 0, 0)
    return steps(Moved("", number or Decimal(0), balance) for number, balance in zip(moved, balances, strict=True))


def _is_before(columns: Columns, cells: dict[int, list[str]], place: int) -> bool:
    """Say whether a column holds the balance before each booking, beside the one after it."""
    if "balance" not in columns.places or "amount" not in columns.places:
        return False
    before, amounts, after = (_read(cells[at]) for at in (place, *map(columns.places.get, ("amount", "balance"))))  # type: ignore[index]
    if before is None or amounts is None or after is None:
        return False
    return all(
        one is not None and amount is not None and other is not None and one + amount == other
        for one, amount, other in zip(before, amounts, after, strict=True)
    )


def _others(columns: Columns, cells: dict[int, list[str]], width: int) -> None:
    """What is neither a day nor an amount: currency, accounts, texts."""
    left = [place for place in range(width) if place not in columns.places.values()]
    for place in left:
        if place == columns.before or _is_before(columns, cells, place):
            continue
        texts = cells[place]
        given = [text for text in texts if text]
        if not any(any(char.isalnum() for char in text) for text in given):
            continue
        is_same = len(set(texts)) == 1 and len(texts) > 1
        if (
            len(given) == len(texts)
            and are_currencies(texts)
            and is_same
            and "currency" not in columns.places
            and (given[0] in CURRENCIES or columns.header_at < 0 and given[0].isupper())
        ):  # (a word of three letters is more often something else)
            columns.places["currency"] = place
        elif is_same and any(char.isdecimal() for char in given[0]) and "account" not in columns.places:
            columns.places["account"] = place
        elif all(is_iban(compact(text)) for text in given) and "party_account" not in columns.places:
            columns.places["party_account"] = place
        elif not is_same or len(given[0]) > 1:
            columns.texts.append(place)
