"""Whose account a column names: that of the statement, or that of the other party."""

from __future__ import annotations

from ..text_values import compact, is_iban
from .columns import Columns, are_accounts, column, is_constant
from .names import NAMES, is_own_account
from .profile import Cells
from .words import plain

#: names of the column of who holds an account
_HOLDERS = frozenset(("kontoinhaber", "account holder", "account owner"))


def find_holder(columns: Columns, body: list[Cells]) -> None:
    """Who holds the account is the other party where it is another one in each row, beside the account that it has."""
    if "party" in columns.places or "party_account" not in columns.places:
        return
    for place, name in enumerate(columns.header):
        if plain(name) in _HOLDERS and len({cell for cell in column(body, place) if cell}) > 1:
            columns.places["party"] = place
            return


def drop_payer(columns: Columns, body: list[Cells]) -> None:
    """Who paid is no other party where every row names the same one: it is who holds the account, or its card."""
    at = columns.places.get("party")
    if at is not None and plain(columns.header[at]) == "payer" and len(body) > 1 and is_constant(column(body, at)):
        del columns.places["party"]


def find_accounts(columns: Columns, likely: list[int], body: list[Cells]) -> None:
    """A number that every row repeats is the account of the statement, and another one that of the other party.

    :param likely: columns that may be the account of the other party, the likely ones first
    """
    place, day = columns.places.get("party_account"), columns.places["date"]
    # (a row that goes on with the text above it names none)
    body = [row for row, cell in zip(body, column(body, day), strict=True) if cell] or body
    if place is not None and _may_be_own(columns.header[place]) and is_constant(column(body, place)) and len(body) > 1:
        del columns.places["party_account"]
        for other in likely:
            cells = column(body, other)
            if other not in columns.places.values() and any(cells) and are_accounts(cells) and not is_constant(cells):
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


def _names_accounts(cells: list[str]) -> bool:
    """A few numbers, again and again: a statement of one account, or of a few."""
    given = [cell for cell in cells if cell]
    return bool(given) and all(any(char.isdecimal() for char in cell) for cell in given) and len(set(given)) == 1


def _has_several(cells: list[str], others: list[str]) -> bool:
    """Say whether cells name accounts of one's own: every row names one, and one stands beside several others."""
    return all(cells) and are_accounts(cells) and len(set(zip(cells, others, strict=True))) > len(set(cells))


def has_several_accounts(columns: Columns, body: list[Cells]) -> bool:
    """Say whether a column names several accounts of one's own, each of which may have another currency."""
    return any(
        is_own_account(name) and len({cell for cell in column(body, place) if cell}) > 1
        for place, name in enumerate(columns.header)
    )
