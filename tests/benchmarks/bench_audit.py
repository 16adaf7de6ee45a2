"""The audit trail: what an entry costs its writer, how fast entries are sealed and verified.

"single writes" changes one field of a partner, one by one. Ours adds one audit entry with before and after to each, the
peer is OCA auditlog with a full log of the same model, the floor is the write alone: overhead is what is above it.
"seal" stands beside one INSERT .. SELECT of as many rows; "verify" beside reading the rows. The peak of memory says
whether it is flat.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from typing import Any

PEERS = ("auditlog",)
#: the peer takes 90 ms a write
PEER_LIMIT = 100

os.environ["FINANCE_MASTER_KEY"] = base64.b64encode(b"a key for the bench, 32 bytes!!!").decode()
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)


def run(context: Any) -> Iterator[dict[str, Any]]:
    sizes = context.sizes(100, 1_000)
    plain, ours = {}, {}
    with context.odoo() as env:
        writer = Writer(env)
        writer.write(20, audited=True)
        for size in sizes:
            plain[size] = context.measure(writer.write, size, repeat=3)
            ours[size] = context.measure(writer.write, size, audited=True, repeat=3)
        yield from _sealer(context, env)
    with context.odoo(*PEERS) as env:
        writer = Writer(env)
        writer.subscribe()
        writer.write(5)
        limited = [size for size in sizes if size <= PEER_LIMIT]
        peers = {size: context.measure(writer.write, size) for size in limited}
    for size in sizes:
        compared = min(size, max(peers))
        yield context.row(
            "audit, single writes",
            size,
            ours[size],
            peer="OCA auditlog (full)",
            peer_measure=peers[compared],
            peer_size=compared,
            floor="write alone",
            floor_measure=plain[size],
        )


class Writer:
    """Changes partners one by one."""

    def __init__(self, env: Any) -> None:
        self.env = env(context={**env.context, "tracking_disable": True})
        self.partner = self.env["res.partner"].create({"name": "Written"})
        self.count = 0

    def subscribe(self) -> None:
        model = self.env["ir.model"]._get("res.partner")
        values = {"name": "Partners", "model_id": model.id, "log_write": True, "log_type": "full"}
        self.env["auditlog.rule"].create(values).set_to_confirmed()

    def write(self, size: int, *, audited: bool = False) -> None:
        for _number in range(size):
            self.count += 1
            before = self.partner.comment or ""
            self.partner.write({"comment": f"comment {self.count}"})
            self.env.flush_all()
            if audited:
                self.env["finance.audit"]._record(
                    "bench.written", self.partner, before={"comment": str(before)}, after={"comment": self.count}
                )


def _sealer(context: Any, env: Any) -> Iterator[dict[str, Any]]:
    """Entries are made by the hook's own code, many in one statement."""
    from odoo.addons.finance_integration_audit.trail.canonical import Facts

    hook, sealer = env["finance.audit"], env["finance.audit.sealer"]
    key, name = hook._row_key()
    total = 0

    def fill(count: int) -> None:
        while count > 0:
            batch = min(count, 1_000)
            count -= batch
            rows = [
                Facts(
                    number, env.cr.now(), "bench.sealed", "res.partner", 1, "Partner", 1, 2, "admin", f"c-{number}",
                    "as it should be", '{"state":"draft"}', '{"state":"done"}', name,
                )
                for number in hook._draw_numbers(batch)
            ]  # fmt: skip
            hook._insert(rows, key)

    def seal() -> None:
        sum(sealer._batches())

    seal()
    for size in context.sizes(20_000, 100_000, 1_000_000):
        fill(size - total)
        added = size - total
        sealed = context.measure(seal)
        env.cr.execute("CREATE TEMPORARY TABLE bench_floor (LIKE finance_audit_seal INCLUDING INDEXES) ON COMMIT DROP")
        query = "INSERT INTO bench_floor SELECT * FROM finance_audit_seal WHERE id > %s"
        floor = context.measure(env.cr.execute, query, (total,))
        env.cr.execute("DROP TABLE bench_floor")
        yield context.row("audit, seal", added, sealed, floor="INSERT .. SELECT", floor_measure=floor)
        total = size
        env["finance.audit.checkpoint"]._make()
        read = context.measure(lambda: sum(1 for _row in env["finance.audit.reader"]._rows(0)))
        verification = env["finance.audit.verification"]._new("whole")
        verified = context.measure(verification._run)
        assert not verified.result, verified.result[:3]
        yield context.row("audit, verify", size, verified, floor="read the rows", floor_measure=read)
