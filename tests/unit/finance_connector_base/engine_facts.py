"""A flow and a claim as the database would give them."""

from __future__ import annotations

from odoo.addons.finance_connector_base.engine.claim import Claim, Flow

FLOW = Flow(
    id=1,
    handler="h",
    commit_size=1,
    batch_size=10,
    lease_seconds=60,
    at_most_once=False,
    connection_id=7,
    max_concurrency=0,
    retry_base=10.0,
    retry_cap=100.0,
    retry_max=3,
    held_blocks=True,
    is_keyed=False,
    urgency=50,
)


def claim(*, attempts: int = 1, at_most_once: bool = False, kind: str = "exchange") -> Claim:
    return Claim(
        id=5,
        attempt_id=6,
        company_id=1,
        correlation_id="c",
        kind=kind,
        attempt_count=attempts,
        crash_count=0,
        order_key=None,
        content=(),
        flow=FLOW._replace(at_most_once=at_most_once),
    )
