"""Cutting a statement into pages (camt spec sections 2, 3 and 8)."""

from __future__ import annotations

from dataclasses import replace

from sandbox.bank.model import Page, Statement, totals_of


def pages(statement: Statement, count: int) -> list[Statement]:
    """The statement as ``count`` pages: same id, the balance of a page carried over to the next.

    Entries are spread evenly; with fewer entries than pages some pages are empty.
    """
    bookings = tuple(statement.bookings)
    result: list[Statement] = []
    opening = statement.opening
    for index in range(count):
        part = bookings[len(bookings) * index // count : len(bookings) * (index + 1) // count]
        totals = totals_of(part)
        last = index == count - 1
        closing = statement.closing if last else opening + totals.net
        result.append(
            replace(
                statement,
                opening=opening,
                closing=closing,
                bookings=part,
                totals=totals,
                page=Page(number=index + 1, last=last),
            )
        )
        opening = closing
    return result
