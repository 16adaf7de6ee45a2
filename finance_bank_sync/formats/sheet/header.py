"""Which column of a table is what: by the names in its header row, checked by what the columns hold."""

from __future__ import annotations

from collections.abc import Mapping

from .accounts import drop_payer, find_accounts, find_holder
from .columns import FITS, HEAD, Columns, are_currencies, are_dates, are_numbers, column, is_constant
from .dates import looks_like_date
from .money import drop_paid_currency, find_booked_amount, find_currency, find_direction
from .names import candidates, is_before, is_text
from .profile import Cells
from .texts import find_texts
from .values import looks_like_number
from .words import hints_at_balance

#: rows whose cells are looked at
_LOOKED_AT = 400
#: a role is taken in this order where a column could be several
_ORDER = (
    "date", "value_date", "currency", "debit", "credit", "balance", "detail_amount", "fee", "amount", "marker",
    "original_amount", "original_currency", "rate", "party_account", "end_to_end_id", "type", "status", "party",
    "reference",
)  # fmt: skip


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
        and are_numbers(column(body, place))
    ]
    find_holder(columns, body)
    drop_payer(columns, body)
    _days_of_all(columns, found["date"], body)
    drop_paid_currency(columns, body)
    find_booked_amount(columns, body)
    find_direction(columns, body)
    find_accounts(columns, found.get("party_account", []), body)
    find_currency(columns, body)
    find_texts(columns, both, body)
    return columns


def _dates(body: list[Cells], values: list[int]) -> list[int]:
    """:return: columns of dates where a header names none but the value date: another one, or the value date itself"""
    width = max((len(cells) for _line, cells in body), default=0)
    others = (place for place in range(width) if place not in values)
    return [place for place in others if any(column(body, place)) and are_dates(column(body, place))][:1] + values


def _assigned(found: Mapping[str, list[int]], body: list[Cells]) -> dict[str, int]:
    places: dict[str, int] = {}
    for role in _ORDER:
        fits = FITS.get(role)
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
    fixed = [place for place in places if is_constant(column(body, place)) and are_currencies(column(body, place))]
    return fixed if len(fixed) == 1 < len(places) and len(body) > 1 else places


def _others(role: str, found: Mapping[str, list[int]], places: Mapping[str, int], body: list[Cells]) -> list[int]:
    taken = {place for other, place in places.items() if other != role}
    return [p for p in found.get(role, ()) if p not in taken and p != places.get(role) and are_numbers(column(body, p))]


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
