"""Which column of a table is what: by the names in its header row, checked by what the columns hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..text_values import compact, is_iban, reference
from .dates import looks_like_date
from .names import NAMES, NUMBERS, bare_name, candidates, is_before, is_own_account, is_text
from .profile import MARKED, SIGNED, TWO_COLUMNS, Cells
from .values import looks_like_number
from .words import CREDIT_WORDS, CURRENCIES, DEBIT_WORDS, folded, hints_at_balance, named_currency, plain

_REFERENCES = ("reference", "referenz", "referentie", "referencia", "riferimento")
#: a reference of a Swiss bill, or of any creditor
_OF_BILL = re.compile(r"[0-9]{27}|RF[0-9]{2}[0-9A-Z]{1,21}")
_TIME = re.compile(r"[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2})? ?(?:am|pm)?", re.IGNORECASE)
#: names of the column of who holds an account
_HOLDERS = frozenset(("kontoinhaber", "account holder", "account owner"))
#: rows among which the header row is looked for
HEAD = 60
#: rows whose cells are looked at
_LOOKED_AT = 400
#: a role is taken in this order where a column could be several
_ORDER = (
    "date", "value_date", "currency", "debit", "credit", "balance", "detail_amount", "fee", "amount", "marker",
    "original_amount", "original_currency", "rate", "party_account", "end_to_end_id", "type", "status", "party",
    "reference",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Columns:
    """Columns of a table, by their place."""

    #: place of the header row among the rows; -1 where there is none
    header_at: int
    header: tuple[str, ...]
    #: role to place
    places: dict[str, int]
    texts: list[int]
    amounts: str = SIGNED
    #: other columns that may be the amount, and be the balance
    other_amounts: list[int] = field(default_factory=list)
    other_balances: list[int] = field(default_factory=list)
    #: nothing proves which column is the amount
    is_assumed: bool = False
    #: place of the balance before each booking; -1 where there is none
    before: int = -1

    def name(self, place: int) -> str | int:
        """How a column is named in a profile: by its name, or its number where no name tells it."""
        if self.header_at < 0 or place >= len(self.header):
            return place + 1
        name = self.header[place]
        return name if name and self.header.count(name) == 1 else place + 1


def column(rows: list[Cells], place: int) -> list[str]:
    """:return: the cells of a column"""
    return [cells[place].strip() if place < len(cells) else "" for _line, cells in rows]


def by_names(rows: list[Cells]) -> Columns | None:
    """Find the header row, and propose what its columns are."""
    best: tuple[int, int] | None = None
    found: dict[str, list[int]] = {}
    both: list[int] = []
    for at, (_line, cells) in enumerate(rows[:HEAD]):
        header = [cell.strip() for cell in cells]
        if any(looks_like_number(cell) or looks_like_date(cell) for cell in header):
            continue
        named, beside = candidates(header)
        if "date" not in named and "value_date" in named:
            named["date"] = _dates(rows[at + 1 : at + 1 + _LOOKED_AT], named["value_date"])
        rank = len(named) + sum(map(is_text, header))
        if "date" in named and rank > max(best[0] if best else 0, 1):
            best, found, both = (rank, at), named, beside
    if best is None:
        return None
    at = best[1]
    header = [cell.strip() for cell in rows[at][1]]
    body = rows[at + 1 : at + 1 + _LOOKED_AT]
    places = _assigned(found, body)
    if "date" not in places:
        return None
    columns = Columns(header_at=at, header=tuple(header), places=places, texts=[])
    columns.other_amounts = _others("amount", found, places, body)
    columns.other_balances = _others("balance", found, places, body) + [
        place
        for place, name in enumerate(header)
        if place not in places.values()
        and place not in found.get("balance", ())
        and hints_at_balance(name)
        and not is_before(name)
        and _are_numbers(column(body, place))
    ]
    _holder(columns, body)
    _payer(columns, body)
    _days_of_all(columns, found["date"], body)
    _in_named_currency(columns, body)
    _in_own_currency(columns, body)
    _direction(columns, body)
    _own_account(columns, found.get("party_account", []), body)
    _currency(columns, body)
    _texts(columns, both, body)
    return columns


def _dates(body: list[Cells], values: list[int]) -> list[int]:
    """:return: columns of dates where a header names none but the value date: another one, or the value date itself"""
    width = max((len(cells) for _line, cells in body), default=0)
    others = (place for place in range(width) if place not in values)
    return [place for place in others if any(column(body, place)) and _are_dates(column(body, place))][:1] + values


def _assigned(found: Mapping[str, list[int]], body: list[Cells]) -> dict[str, int]:
    places: dict[str, int] = {}
    for role in _ORDER:
        fits = _FITS.get(role)
        likely = found.get(role, [])
        if role == "currency":
            likely = _of_account(likely, body)
        elif role == "amount" and len(found.get("currency", ())) > 1 and "currency" in places:
            # two amounts, each with its currency: the one beside that of the account
            likely = sorted(likely, key=lambda place: abs(place - places["currency"]))
        for place in likely:
            if place not in places.values() and (fits is None or fits(column(body, place))):
                places[role] = place
                break
    return places


def _of_account(places: list[int], body: list[Cells]) -> list[int]:
    """Where several columns tell a currency, the account's is the one that never changes."""
    fixed = [place for place in places if _is_constant(column(body, place)) and are_currencies(column(body, place))]
    return fixed if len(fixed) == 1 < len(places) and len(body) > 1 else places


def _others(role: str, found: Mapping[str, list[int]], places: Mapping[str, int], body: list[Cells]) -> list[int]:
    taken = {place for other, place in places.items() if other != role}
    return [
        p for p in found.get(role, ()) if p not in taken and p != places.get(role) and _are_numbers(column(body, p))
    ]


# -- what a column of a role holds ---------------------------------------------------------


def _are_dates(cells: list[str]) -> bool:
    given = [cell for cell in cells if cell]
    # beside dates a short table may hold totals, balances and notes
    return not cells or sum(map(looks_like_date, given)) * 10 >= len(given) * 3 > 0


def _are_numbers(cells: list[str]) -> bool:
    given = [cell for cell in cells if cell]
    return sum(map(looks_like_number, given)) * 2 >= len(given) and (bool(given) or not cells)


def _are_numbers_or_none(cells: list[str]) -> bool:
    return not any(cells) or _are_numbers(cells)


def are_currencies(cells: list[str]) -> bool:
    """Say whether cells hold codes of currencies."""
    given = [cell for cell in cells if cell]
    return not cells or bool(given) and all(len(cell) == 3 and cell.isalpha() and cell.isascii() for cell in given)


def _are_accounts(cells: list[str]) -> bool:
    given = [cell for cell in cells if cell]
    return not given or any(any(char.isdecimal() for char in cell) for cell in given)


_FITS: dict[str, Callable[[list[str]], bool]] = {
    "date": _are_dates, "value_date": _are_dates, "currency": are_currencies, "original_currency": are_currencies,
    "amount": _are_numbers, "balance": _are_numbers, "fee": _are_numbers, "original_amount": _are_numbers,
    "detail_amount": _are_numbers,
    "debit": _are_numbers_or_none, "credit": _are_numbers_or_none, "party_account": _are_accounts,
}  # fmt: skip


def is_marker(cells: list[str]) -> bool:
    """Say whether cells tell debit or credit."""
    words = {cell.casefold() for cell in cells if cell}
    return bool(words) and words <= DEBIT_WORDS | CREDIT_WORDS


# -- what is known of several columns together ---------------------------------------------


def _holder(columns: Columns, body: list[Cells]) -> None:
    """Who holds the account is the other party where it is another one in each row, beside the account that it has."""
    if "party" in columns.places or "party_account" not in columns.places:
        return
    for place, name in enumerate(columns.header):
        if plain(name) in _HOLDERS and len({cell for cell in column(body, place) if cell}) > 1:
            columns.places["party"] = place
            return


def _days_of_all(columns: Columns, likely: list[int], body: list[Cells]) -> None:
    """Take another day where the balance holds bookings that have no day of booking yet."""
    places = columns.places
    if "balance" not in places:
        return
    days, balances = column(body, places["date"]), column(body, places["balance"])
    without = [row for row, day, balance in zip(body, days, balances, strict=True) if balance and not day]
    for place in likely:
        cells = column(without, place)
        if cells and place not in places.values() and all(map(looks_like_date, cells)) and any(days):
            places["date"] = place
            return


def _payer(columns: Columns, body: list[Cells]) -> None:
    """Who paid is no other party where every row names the same one: it is who holds the account, or its card."""
    at = columns.places.get("party")
    if at is not None and plain(columns.header[at]) == "payer" and len(body) > 1 and _is_constant(column(body, at)):
        del columns.places["party"]


def _in_named_currency(columns: Columns, body: list[Cells]) -> None:
    """Amounts are in the currency that their header names ("Importo (€)"), where rows name one or another, or none.

    The one that a row names is then that of another amount: of what was paid abroad.
    """
    places = columns.places
    if "currency" not in places or _are_several(columns, body):
        return
    roles = [role for role in ("amount", "debit", "credit") if role in places]
    named = {named_currency(columns.header[places[role]]) for role in roles}
    given = column(body, places["currency"])
    if len(named) == 1 and "" not in named and len(set(given)) > 1 and set(given) - {"", *named}:
        at = places.pop("currency")
        if "original_amount" in places:
            places.setdefault("original_currency", at)


def _in_own_currency(columns: Columns, body: list[Cells]) -> None:
    """Take the column of amounts that names its currency where the others are in that of each row.

    ("bedrag", "munt" and "bedrag in EUR" of a card: it was paid in dollars, and booked in euros.) Both say the same
    where the currency of the row is that one.
    """
    places = columns.places
    at = places.get("currency", -1)
    paid = places.get("amount", -1)
    if at < 0 or paid < 0 or "balance" in places or _are_several(columns, body):
        return
    currencies, amounts = column(body, at), column(body, paid)
    for place in columns.other_amounts:
        named = folded(columns.header[place]).upper().split()[-1]
        same = [currency == named for currency in currencies]
        booked = column(body, place)
        if (
            named in CURRENCIES
            and any(same)
            and all(one == other for one, other, is_same in zip(amounts, booked, same, strict=True) if is_same)
        ):
            del places["currency"]
            for role in ("debit", "credit", "marker", "original_amount", "original_currency"):
                places.pop(role, None)
            places |= {"amount": place, "original_amount": paid, "original_currency": at}
            columns.other_amounts = []
            return


def _are_several(columns: Columns, body: list[Cells]) -> bool:
    """Say whether a column names several accounts of one's own, each of which may have another currency."""
    return any(
        is_own_account(name) and len({cell for cell in column(body, place) if cell}) > 1
        for place, name in enumerate(columns.header)
    )


def _direction(columns: Columns, body: list[Cells]) -> None:
    """Say how the direction is told, and drop what then is none of it."""
    places = columns.places
    marker = places.pop("marker", None)
    if "debit" in places and "credit" in places:
        columns.amounts = TWO_COLUMNS
        columns.other_amounts = []
        places.pop("amount", None)
        return
    places.pop("debit", None)
    places.pop("credit", None)
    if "amount" not in places:
        return
    amounts = column(body, places["amount"])
    has_signs = any(sign in amount for amount in amounts for sign in "-\u2212(")
    if marker is None or not is_marker(column(body, marker)):
        marker = _marker(columns, body) if not has_signs else None
    if marker is None or has_signs and _say_the_same(amounts, column(body, marker)):
        return
    columns.amounts = MARKED
    for role in [role for role, place in places.items() if place == marker]:
        del places[role]
    places["marker"] = marker


def _marker(columns: Columns, body: list[Cells]) -> int | None:
    """Find the column that tells debit or credit by what it holds."""
    at = columns.places["amount"]
    whole = [row for row in body if len(row[1]) > at and row[1][at].strip()]
    for place in range(len(columns.header)):
        words = {cell.casefold() for cell in column(whole, place)}
        if words and words <= DEBIT_WORDS | CREDIT_WORDS and words & DEBIT_WORDS:
            return place
    return None


def _say_the_same(amounts: list[str], markers: list[str]) -> bool:
    """Say whether amounts have the signs that the column beside them says in words."""
    return all(
        any(sign in amount for sign in "-\u2212(") == (word.casefold() in DEBIT_WORDS)
        for amount, word in zip(amounts, markers, strict=True)
        if word
    )


def _own_account(columns: Columns, likely: list[int], body: list[Cells]) -> None:
    """A number that every row repeats is the account of the statement, and another one that of the other party.

    :param likely: columns that may be the account of the other party, the likely ones first
    """
    place, day = columns.places.get("party_account"), columns.places["date"]
    # (a row that goes on with the text above it names none)
    body = [row for row, cell in zip(body, column(body, day), strict=True) if cell] or body
    if place is not None and _may_be_own(columns.header[place]) and _is_constant(column(body, place)) and len(body) > 1:
        del columns.places["party_account"]
        for other in likely:
            cells = column(body, other)
            if other not in columns.places.values() and any(cells) and _are_accounts(cells) and not _is_constant(cells):
                columns.places["party_account"] = other
                break
    if "party_account" not in columns.places and "party" in columns.places:
        _ibans(columns, body)
    taken = set(columns.places.values())
    others = column(body, columns.places["party_account"]) if "party_account" in columns.places else []
    for place, name in enumerate(columns.header):
        if place in taken or not is_own_account(name):
            continue
        cells = column(body, place)
        if _names_accounts(cells) or others and _has_several(cells, others):
            columns.places["account"] = place
            return


def _ibans(columns: Columns, body: list[Cells]) -> None:
    """Take a column of IBANs beside the name of the other party for its account, whatever it is called.

    One beside another is that of who paid beside that of who was paid: either is one's own in half of the rows.
    """
    found: list[int] = []
    for place, name in enumerate(columns.header):
        cells = {cell for cell in column(body, place) if cell}
        if cells and not is_own_account(name) and all(is_iban(compact(cell)) for cell in cells):
            found.append(place)
    if len(found) == 1 and found[0] not in columns.places.values():
        if len({cell for cell in column(body, found[0]) if cell}) > 1:
            columns.places["party_account"] = found[0]


def _may_be_own(name: str) -> bool:
    """Say whether a column called an account may be one's own: nobody calls it that of the other party."""
    return is_own_account(name) or plain(name) not in NAMES["party_account"]


def _currency(columns: Columns, body: list[Cells]) -> None:
    """Where no name tells it, a column with one currency in every row is the currency."""
    taken = {*columns.places.values()}
    if "currency" not in columns.places:
        for place in range(len(columns.header)):
            if place not in taken and set(column(body, place)) <= CURRENCIES and _is_constant(column(body, place)):
                columns.places["currency"] = place
                return


def _is_constant(cells: list[str]) -> bool:
    return bool(cells) and bool(cells[0]) and len(set(cells)) == 1


def _names_accounts(cells: list[str]) -> bool:
    """A few numbers, again and again: a statement of one account, or of a few."""
    given = [cell for cell in cells if cell]
    return bool(given) and all(any(char.isdecimal() for char in cell) for cell in given) and len(set(given)) == 1


def _has_several(cells: list[str], others: list[str]) -> bool:
    """Say whether cells name accounts of one's own: every row names one, and one stands beside several others."""
    return all(cells) and _are_accounts(cells) and len(set(zip(cells, others, strict=True))) > len(set(cells))


def _texts(columns: Columns, both: list[int], body: list[Cells]) -> None:
    places = columns.places
    taken = set(places.values())
    texts = [
        place
        for place, name in enumerate(columns.header)
        if place not in taken and (is_text(name) or place in both) and any(column(body, place))
    ]
    texts += [place for place in range(1, len(columns.header)) if place not in taken and _goes_on(columns, place, body)]
    if "party" in places:  # the name goes on in columns of the same name
        name = bare_name(columns.header[places["party"]])
        texts += [at for at, other in enumerate(columns.header) if at not in taken and bare_name(other) == name]
    # beside the number of the bank stands what payers wrote
    texts += [at for at, name in enumerate(columns.header)
              if at not in taken and plain(name) in _REFERENCES and any(column(body, at))]  # fmt: skip
    at = places.get("reference")
    if at is not None and not _is_reference(columns.header[at], column(body, at)):
        del places["reference"]
        texts.append(at)
    numbers = [place for place in texts if bare_name(columns.header[place]) in NUMBERS]
    if len(numbers) == len(texts):  # what tells the kind of a booking is all that there is
        texts += [at for at, name in enumerate(columns.header)
                  if plain(name) in NAMES["type"] and (at not in taken or at == places.get("type"))]  # fmt: skip
        places.pop("type", None)
    if len(numbers) == len(texts):  # nothing is called a text: what holds words is one
        left = [place for place in range(len(columns.header)) if place not in taken]
        texts += [place for place in left if _are_words(column(body, place))]
    if not body:
        texts = [place for place, name in enumerate(columns.header) if place not in taken and is_text(name)]
    columns.texts = sorted(set(texts))


def _are_words(cells: list[str]) -> bool:
    words = {cell for cell in cells if any(char.isalpha() for char in cell) and not _TIME.fullmatch(cell)}
    return len(words) > 1 and 2 * sum(1 for cell in cells if cell in words) >= len(cells)


def _goes_on(columns: Columns, place: int, body: list[Cells]) -> bool:
    """Say whether a column without a name goes on with the text before it, or holds a code that a payer wrote."""
    cells = column(body, place)
    if plain(columns.header[place]) == "code":
        return any(len(cell) > 3 for cell in cells)
    first = place
    while first and not columns.header[first]:
        first -= 1
    return first < place and is_text(columns.header[first]) and any(cells)


def _is_reference(name: str, cells: list[str]) -> bool:
    """A reference of the bank is another one in each row; what payers write is not, and least of all that of a bill."""
    if any(_OF_BILL.fullmatch(compact(cell)) for cell in cells):
        return False
    if plain(name) not in (*_REFERENCES, "numero"):
        return True
    given = [cell for cell in cells if reference(cell)]
    return len(given) > 1 and len(set(given)) == len(given) == len(cells) and not any(" " in cell for cell in given)
