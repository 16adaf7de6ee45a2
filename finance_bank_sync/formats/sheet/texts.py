"""Which columns are the text of a booking."""

from __future__ import annotations

import re

from ..text_values import compact, reference
from .columns import Columns, column
from .names import NAMES, NUMBERS, bare_name, is_text
from .profile import Cells
from .words import plain

_REFERENCES = ("reference", "referenz", "referentie", "referencia", "riferimento")
#: a reference of a Swiss bill, or of any creditor
_OF_BILL = re.compile(r"[0-9]{27}|RF[0-9]{2}[0-9A-Z]{1,21}")
_TIME = re.compile(r"[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2})? ?(?:am|pm)?", re.IGNORECASE)


def find_texts(columns: Columns, both: list[int], body: list[Cells]) -> None:
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
