"""What the engine asks of Ramp, in terms of the client: pages of what is ready, and what became of it."""

from __future__ import annotations

from datetime import date as Day
from datetime import timedelta
from typing import Any

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from .access import PositionGone, restarted
from .contract import Answer, Batch, Outcome
from .ramp_client import KINDS, RampClient, handed, handed_card, split

NAME = "Ramp"
#: days that the card feed reaches back in the beginning, and beyond what was read: pending payments settle
FIRST_DAYS, OVERLAP_DAYS = 90, 30


def expense_batch(client: RampClient, position: dict[str, Any]) -> Batch:
    """Read the next page of what is ready; at the end of all lists the position is empty again.

    :param position: ``kind`` and ``start`` of the page, ``restarts`` of its list
    """
    kind = next((one for one in KINDS if one == position.get("kind")), KINDS[0])
    try:
        page = client.ready(kind, position.get("start"))
    except PositionGone:
        return Batch(handed=(), position={"kind": kind, **restarted(position, NAME)}, more=True)
    found = tuple(handed(kind, item) for item in page.items)
    if page.following:
        going = {name: position[name] for name in ("restarts",) if name in position}
        return Batch(handed=found, position={"kind": kind, "start": page.following, **going}, more=True)
    rest = KINDS[KINDS.index(kind) + 1 :]
    return Batch(handed=found, position={"kind": rest[0]} if rest else {}, more=bool(rest))


def card_batch(client: RampClient, position: dict[str, Any], today: Day) -> Batch:
    """Read the next page of the card feed.

    :param position: ``until`` what day it was read; ``since`` and ``start`` while it is read
    """
    until = position.get("until") or (today - timedelta(days=FIRST_DAYS - OVERLAP_DAYS)).isoformat()
    since = position.get("since") or (Day.fromisoformat(until) - timedelta(days=OVERLAP_DAYS)).isoformat()
    try:
        page = client.card_transactions(f"{since}T00:00:00", position.get("start"))
    except PositionGone:
        return Batch(handed=(), position={"until": until, "since": since, **restarted(position, NAME)}, more=True)
    found = tuple(handed_card(item) for item in page.items)
    if page.following:
        going = {name: position[name] for name in ("restarts",) if name in position}
        return Batch(
            handed=found, position={"until": until, "since": since, "start": page.following, **going}, more=True
        )
    return Batch(handed=found, position={"until": today.isoformat()})


def confirm(client: RampClient, outcome: Outcome) -> Answer:
    """Tell Ramp what became of an object. Payments are not told: Ramp pays by itself, or has nothing to be told.

    :raise RejectedError: Ramp refuses, although the object waits for it
    """
    kind, key = split(outcome.external_id)
    if outcome.result == "paid":
        return Answer(external_id=outcome.external_id, taken=True, code="not_told")
    try:
        if outcome.result == "posted":
            told = client.synced(kind, key, idempotency_key=outcome.key, reference=outcome.number or outcome.key)
        else:
            told = client.failed(kind, key, idempotency_key=outcome.key, text=_words(outcome))
    except RejectedError:
        return _looked_at(client, outcome)
    return Answer(external_id=outcome.external_id, taken=True, code=told)


def _looked_at(client: RampClient, outcome: Outcome) -> Answer:
    """A refusal says little: what the object is now says whether it was reported before, or is being corrected."""
    kind, key = split(outcome.external_id)
    now = client.look(kind, key)
    status = now.text("sync_status") if now else None
    if now is None or status == "NOT_SYNC_READY":
        return Answer(external_id=outcome.external_id, taken=False, gone=True, code=status)
    if status == "SYNCED":
        return Answer(external_id=outcome.external_id, taken=outcome.result == "posted", gone=True, code=status)
    raise RejectedError(f"{NAME} does not take what became of {outcome.external_id}.", reason="expense_refused")


def _words(outcome: Outcome) -> str:
    words = [outcome.text or "", *(f"{line}: {text}" for line, text in outcome.lines)]
    return "\n".join(word for word in words if word) or "It cannot be booked."
