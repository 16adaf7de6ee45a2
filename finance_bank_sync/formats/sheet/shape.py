"""What the columns of a table without a header row hold, to know the next file of the same bank by.

A column that repeats one cell is kept as a digest: an account number in it tells this account's files from another's.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence

from ..text_values import compact, is_iban
from .columns import are_currencies, is_marker
from .dates import looks_like_date
from .values import looks_like_number

_SAME = "same:"
#: columns that make a shape one that hardly another bank has
_MANY = 5


def shape(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """:return: what each column holds; nothing where most rows have another number of cells than the others"""
    if not rows:
        return ()
    width, count = Counter(map(len, rows)).most_common(1)[0]
    if count * 2 < len(rows):
        return ()
    whole = [cells for cells in rows if len(cells) == width]
    return tuple(_kind([cells[at].strip() for cells in whole]) for at in range(width))


def is_telling(layout: Sequence[str]) -> bool:
    """Say whether a shape is enough to know a bank by."""
    return len(layout) >= _MANY or any(kind.startswith(_SAME) for kind in layout)


def has_shape(layout: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Say whether rows are of a shape: every one of them, but for cells that are empty."""
    if not layout or not rows:
        return False
    return all(
        len(cells) == len(layout) and all(_holds(kind, cell.strip()) for kind, cell in zip(layout, cells, strict=True))
        for cells in rows
    )


def _digest(text: str) -> str:
    return _SAME + hashlib.sha256(text.encode()).hexdigest()[:16]


def _kind(cells: list[str]) -> str:
    given = [cell for cell in cells if cell]
    if not given:
        return "empty"
    if are_currencies(given):
        return "currency"
    if len(set(given)) == 1 and len(given) == len(cells) > 1 and not looks_like_date(given[0]):
        return _digest(given[0])
    return next((kind for kind, fits in _KINDS.items() if all(map(fits, given))), "text")


def _holds(kind: str, cell: str) -> bool:
    if kind.startswith(_SAME):
        return _digest(cell) == kind  # public: a digest of a cell that every row repeats, no secret
    if not cell or kind == "text":
        return True
    if kind == "empty":
        return not looks_like_number(cell) and not looks_like_date(cell)
    return _KINDS[kind](cell)


_KINDS: dict[str, Callable[[str], bool]] = {
    "date": looks_like_date,
    "iban": lambda cell: is_iban(compact(cell)),
    "marker": lambda cell: is_marker([cell]),
    "digits": lambda cell: cell.isdecimal(),
    "number": looks_like_number,
    "currency": lambda cell: are_currencies([cell]),
}
