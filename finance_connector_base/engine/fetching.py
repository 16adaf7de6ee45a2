"""Many rows out of the database, without having all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

#: rows that are fetched at a time
CHUNK = 5000
#: two that are read in turns have names of their own
_numbers = count(1)


def fetched(cr: Any, query: Any, chunk: int = CHUNK) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query by a cursor of the database: the client never holds more than ``chunk`` of them.

    An ordinary query hands all of its rows to the client, however few of them are asked for. A cursor that is not
    read to its end is closed with the transaction.

    :param cr: cursor of Odoo
    :param query: an ``odoo.tools.SQL``, which writes nothing
    """
    name = f"finance_rows_{next(_numbers)}"
    declared = f"DECLARE {name} NO SCROLL CURSOR FOR {query.code}"
    cr.execute(declared, query.params)  # sql: the name is a number, the rest as it was composed
    while True:
        cr.execute(f"FETCH {int(chunk)} FROM {name}")  # sql: two numbers
        rows = cr.fetchall()
        yield from rows
        if len(rows) < chunk:
            break
    cr.execute(f"CLOSE {name}")  # sql: a number
