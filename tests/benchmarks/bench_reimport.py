"""A statement that is here already comes again: nothing is added, in a tenth of the time of the first import (K-03).

"same file" is the very bytes once more: known by their hash when they are received. "other file" tells the same
bookings under another message and statement, as when a bank answers a second request: read, proved and compared
entry by entry: half of that is reading, and the faster the first import is, the larger its share. The peer is our own
first import of that file; the floor is the hash of the file.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from bench_posting import Bank


def run(context: Any) -> Iterator[dict[str, Any]]:
    with context.odoo() as env:
        bank = Bank(env)
        bank.import_by_suite(30)  # what a process does once
        for size in context.sizes(1_000, 10_000):
            journal, content = bank._prepare(size, matched=False)
            name = journal.code.encode()
            other = content
            for element in (b"MsgId", b"Id"):
                other = other.replace(b"<%s>%s</" % (element, name), b"<%s>%s-again</" % (element, name), 1)
            other = other.replace(b"T20:00:00", b"T21:00:00")
            assert other != content
            lines = [("journal_id", "=", journal.id)]
            first = context.measure(receive, bank, [("first.xml", content)])
            assert first.result == {"done"}
            bank.env.cr.execute("ANALYZE")
            bank.env.cr.commit()
            floor = context.measure(hashlib.sha256, content)
            for what, file in (("same file", content), ("other file", other)):
                again = context.measure(receive, bank, [(f"{what}.xml", file)])
                assert again.result <= {"done", "ignored"}, again.result
                assert bank.env["account.bank.statement.line"].search_count(lines) == size, "something was added"
                print(f"  {what}, {size}: {again.seconds / first.seconds:.3f} of the first import")
                yield context.row(
                    f"import again, {what}",
                    size,
                    again,
                    peer="first import",
                    peer_measure=first,
                    floor="SHA-256 of the file",
                    floor_measure=floor,
                )


def receive(bank: Bank, files: list[tuple[str, bytes]]) -> set[str]:
    """Hand files in and work them.

    :return: the states of their messages
    """
    from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps

    messages = bank.env["finance.connection"]._bank_receive(bank.company, files)
    bank.env.cr.commit()
    bank.env["finance.dispatcher"]._drain(CommittedSteps(bank.env.cr))
    messages |= messages.search([("parent_id", "in", messages.ids)])
    return set(messages.mapped("state"))
