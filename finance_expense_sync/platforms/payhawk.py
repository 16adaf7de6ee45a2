"""What the engine asks of Payhawk, in terms of the client: reviewed and approved expenses, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date as Day
from datetime import timedelta
from typing import Any

from .access import PositionGone, restarted
from .contract import Answer, Batch, Handed, Outcome
from .payhawk_client import MARK, PayhawkClient, continued, handed, handed_payment
from .reading import Node

NAME = "Payhawk"
#: days that are read back in the beginning
FIRST_DAYS = 90
#: days that the card feed reads again: pending payments settle or expire
OVERLAP_DAYS = 30
#: expenses that were reviewed and wait for their approval are asked for again, so many of them
MOST_WAITING = 500


def expense_batch(client: PayhawkClient, position: dict[str, Any], today: Day) -> Batch:
    """Read the next page of the expenses that were reviewed, and hand out those that are approved.

    What was reviewed before its approval is asked for again in the next run: nothing else would tell of it.

    :param position: ``since`` what day; ``waiting`` ids for their approval; ``skip`` and ``last`` while it is read
    """
    since = Day.fromisoformat(position["since"]) if position.get("since") else today - timedelta(days=FIRST_DAYS)
    waiting: list[str] = list(position.get("waiting") or [])
    if waiting and not position.get("asked"):
        found, still = _approved(client, client.named(waiting))
        return Batch(handed=found, position={**position, "waiting": still, "asked": True}, more=True)
    try:
        page = client.reviewed(since, int(position.get("skip") or 0))
        items = continued(page, position.get("last"))
    except PositionGone:
        again = {"since": since.isoformat(), "waiting": waiting, "asked": True, **restarted(position, NAME)}
        return Batch(handed=(), position=again, more=True)
    found, pending = _approved(client, items)
    waiting = list(dict.fromkeys([*waiting, *pending]))[-MOST_WAITING:]
    if page.following is None:
        # the day is not over
        return Batch(handed=found, position={"since": (today - timedelta(days=1)).isoformat(), "waiting": waiting})
    going = {
        "since": since.isoformat(),
        "waiting": waiting,
        "asked": True,
        "skip": int(page.following),
        "last": str(page.items[-1].get("id")),
        **({"restarts": position["restarts"]} if "restarts" in position else {}),
    }
    return Batch(handed=found, position=going, more=True)


def _approved(client: PayhawkClient, items: Iterable[dict[str, Any]]) -> tuple[tuple[Handed, ...], list[str]]:
    """:return: what is approved, and ids of what waits for it; what was rejected comes again after its correction"""
    found, waiting = [], []
    for item in items:
        key = Node(item, "expense").needed("id")
        workflow = client.workflow(key)
        status = workflow.get("approvalStatus")
        if status == "approved":
            found.append(handed(item, workflow))
        elif status in ("draft", "pending"):
            waiting.append(key)
    return tuple(found), waiting


def card_batch(client: PayhawkClient, position: dict[str, Any], today: Day) -> Batch:
    """Read the payments of the next page of card expenses.

    :param position: ``until`` what day it was read; ``since``, ``skip`` and ``last`` while it is read
    """
    until = position.get("until") or (today - timedelta(days=FIRST_DAYS - OVERLAP_DAYS)).isoformat()
    since = position.get("since") or (Day.fromisoformat(until) - timedelta(days=OVERLAP_DAYS)).isoformat()
    try:
        page = client.by_card(Day.fromisoformat(since), int(position.get("skip") or 0))
        items = continued(page, position.get("last"))
    except PositionGone:
        return Batch(handed=(), position={"until": until, "since": since, **restarted(position, NAME)}, more=True)
    found = [
        handed_payment(item, payment)
        for item in items
        for payment in client.payments(Node(item, "expense").needed("id"))
        if payment.get("type") == "card"
    ]
    if page.following is None:
        return Batch(handed=tuple(found), position={"until": today.isoformat()})
    going = {
        "until": until,
        "since": since,
        "skip": int(page.following),
        "last": str(page.items[-1].get("id")),
        **({"restarts": position["restarts"]} if "restarts" in position else {}),
    }
    return Batch(handed=tuple(found), position=going, more=True)


def confirm(client: PayhawkClient, outcome: Outcome) -> Answer:
    """Show on an expense what became of it; each of the calls may be repeated."""
    now = client.look(outcome.external_id)
    if now is None or now.text("status") in ("deleted", "archived"):
        status = now.text("status") if now else None
        return Answer(external_id=outcome.external_id, taken=False, gone=True, code=status)
    taken = Answer(external_id=outcome.external_id, taken=True)
    if outcome.result == "failed":
        client.notify(now, _words(outcome))
    elif outcome.result == "paid":
        is_told = client.paid(now, outcome.day or Day.today(), outcome.number or outcome.key)
        return taken if is_told else Answer(external_id=outcome.external_id, taken=True, code="not_told")
    elif outcome.link:
        client.link(now, f"{MARK}: {outcome.number or outcome.external_id}", outcome.link)
    else:
        return Answer(external_id=outcome.external_id, taken=True, code="not_told")
    return taken


def linked(outcome: Outcome, url: str) -> Outcome:
    """:return: the same outcome, with where it can be seen"""
    return replace(outcome, link=url)


def _words(outcome: Outcome) -> str:
    words = [outcome.text or "", *(f"{line}: {text}" for line, text in outcome.lines)]
    return f"{MARK}: " + ("\n".join(word for word in words if word) or "It cannot be booked.")
