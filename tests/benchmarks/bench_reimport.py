"""A statement that is here already comes again: nothing is added, in a tenth of the time of the first import (K-03).

"same file" is the very bytes once more: known by their hash when they are received. "written anew" is the same
statement under another message id and time of creation, as a portal gives it out a second time: known by the digest of
what it says, see docs/decisions/0033. "other file" tells the same bookings in another statement: read, proved and
compared entry by entry, which is a fifth of a first import in which nothing is matched (a third of it reading, a third
staging, a tenth looking for known keys, twice), and a tenth of one in which the bookings are reconciled ("reconciled":
each pays an invoice). The peer is our own first import of that file; the floor is the hash of the file.
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
    kinds = [(size, False) for size in context.sizes(1_000, 10_000)] + [(size, True) for size in context.sizes(1_000)]
    with context.odoo() as env:
        bank = Bank(env)
        bank.import_by_suite(30, matched=True)  # what a process does once
        for size, is_matched in kinds:
            journal, content = bank._prepare(size, matched=is_matched)
            lines = [("journal_id", "=", journal.id)]
            bank.env.cr.execute("ANALYZE")
            first = context.measure(receive, bank, [("first.xml", content)])
            assert first.result == {"done"}
            bank.env.cr.execute("ANALYZE")
            bank.env.cr.commit()
            floor = context.measure(hashlib.sha256, content)
            for what, file in again(journal.code.encode(), content).items():
                measure = context.measure(receive, bank, [(f"{what}.xml", file)])
                assert measure.result <= {"done", "ignored"}, measure.result
                assert bank.env["account.bank.statement.line"].search_count(lines) == size, "something was added"
                print(f"  {what}, {size}: {measure.seconds / first.seconds:.3f} of the first import")
                yield context.row(
                    f"import again, {what}" + (", reconciled" if is_matched else ""),
                    size,
                    measure,
                    peer="first import",
                    peer_measure=first,
                    floor="SHA-256 of the file",
                    floor_measure=floor,
                )


def again(name: bytes, content: bytes) -> dict[str, bytes]:
    """:return: kind -> the file as it comes again"""
    anew = content.replace(b"<MsgId>%s</" % name, b"<MsgId>%s-again</" % name, 1).replace(b"T20:00:00", b"T21:00:00")
    other = anew.replace(b"<Id>%s</" % name, b"<Id>%s-again</" % name, 1)
    assert len({content, anew, other}) == 3
    return {"same file": content, "written anew": anew, "other file": other}


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
