"""Which column is the amount that was booked, in which currency, and what tells its direction."""

from __future__ import annotations

from .accounts import has_several_accounts
from .columns import Columns, column, is_constant, is_marker
from .profile import MARKED, TWO_COLUMNS, Cells
from .words import CREDIT_WORDS, CURRENCIES, DEBIT_WORDS, named_currency


def find_direction(columns: Columns, body: list[Cells]) -> None:
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


def find_currency(columns: Columns, body: list[Cells]) -> None:
    """Where no name tells it, a column with one currency in every row is the currency."""
    taken = {*columns.places.values()}
    if "currency" not in columns.places:
        for place in range(len(columns.header)):
            if place not in taken and set(column(body, place)) <= CURRENCIES and is_constant(column(body, place)):
                columns.places["currency"] = place
                return


def drop_paid_currency(columns: Columns, body: list[Cells]) -> None:
    """Amounts are in the currency that their header names ("Importo (€)"), where rows name one or another, or none.

    The one that a row names is then that of another amount: of what was paid abroad.
    """
    places = columns.places
    if "currency" not in places or has_several_accounts(columns, body):
        return
    roles = [role for role in ("amount", "debit", "credit") if role in places]
    named = {named_currency(columns.header[places[role]]) for role in roles}
    given = column(body, places["currency"])
    if len(named) == 1 and "" not in named and len(set(given)) > 1 and set(given) - {"", *named}:
        at = places.pop("currency")
        if "original_amount" in places:
            places.setdefault("original_currency", at)


def find_booked_amount(columns: Columns, body: list[Cells]) -> None:
    """Take the column of amounts that names its currency where the others are in that of each row.

    ("bedrag", "munt" and "bedrag in EUR" of a card: it was paid in dollars, and booked in euros.) Both say the same
    where the currency of the row is that one.
    """
    places = columns.places
    at = places.get("currency", -1)
    paid = places.get("amount", -1)
    if at < 0 or paid < 0 or "balance" in places or has_several_accounts(columns, body):
        return
    currencies, amounts = column(body, at), column(body, paid)
    for place in columns.other_amounts:
        named = named_currency(columns.header[place])
        same = [currency == named for currency in currencies]
        booked = column(body, place)
        if (
            named
            and any(same)
            and all(one == other for one, other, is_same in zip(amounts, booked, same, strict=True) if is_same)
        ):
            del places["currency"]
            for role in ("debit", "credit", "marker", "original_amount", "original_currency"):
                places.pop(role, None)
            places |= {"amount": place, "original_amount": paid, "original_currency": at}
            columns.other_amounts = []
            return
