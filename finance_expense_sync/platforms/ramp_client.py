"""Ramp, Developer API v1 (specs/expense_platforms.md, section 3): what is ready, receipts, and what became of it.

The API knows no revisions and no claim: an object that is ready stays in the list until it was reported as synced, so
whatever was read twice is recognised when it is stored. Lists are read by keyset (``start``): the address of the next
page that an answer gives is not called, only its position is taken from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError

from .access import MOST_PAGES, Page, PositionGone, segment
from .calling import Caller
from .contract import Handed
from .reading import Node, loads, stable

#: largest page that Ramp gives
PAGE = 100
Kind = Literal["transactions", "reimbursements"]
#: what can be ready, in the order in which it is read
KINDS: tuple[Kind, ...] = ("transactions", "reimbursements")
SYNC_TYPES: Mapping[str, str] = {"transactions": "TRANSACTION_SYNC", "reimbursements": "REIMBURSEMENT_SYNC"}
#: changes by itself while an object waits, so that it would look like another one each time
_FLEETING = frozenset({"sync_status", "synced_at", "updated_at", "payment_id", "statement_id", "merchant_data"})
#: of a card transaction nothing but the payment counts: its coding belongs to the expense
_CODING = frozenset(
    {
        "accounting_categories",
        "accounting_date",
        "accounting_field_selections",
        "line_items",
        "memo",
        "policy_violations",
    }
)
#: longest text of a failure; Ramp documents no limit
_LONGEST = 1000


class RampClient:
    """Calls Ramp, for one unit of work."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def business(self) -> str:
        """:return: legal name of the business that the credentials open"""
        node = self._object("business", "business")
        return node.text("business_name_legal", most=200) or node.needed("id")

    def connection(self) -> str | None:
        """:return: name of the accounting connection that is active; None: there is none, and nothing can be coded"""
        for one in self._object("accounting/all-connections", "connections").nodes("connections"):
            if one.yes("is_active") or (one.text("status") or "").lower() == "linked":
                return one.text("remote_provider_name", most=100) or "API"
        return None

    # -- what is ready ---------------------------------------------------------------------

    def ready(self, kind: Kind, start: str | None) -> Page:
        """Read a page of what is ready to be synced.

        :raise PositionGone: ``start`` is not known any more
        """
        return self._page(kind, {"sync_status": "SYNC_READY"}, start)

    def card_transactions(self, since: str, start: str | None) -> Page:
        """Read a page of all card transactions, also pending and declined ones, since a time.

        :param since: in ISO 8601
        """
        return self._page("transactions", {"from_date": since, "state": "ALL", "order_by_date_asc": "true"}, start)

    def look(self, kind: Kind, key: str) -> Node | None:
        """:return: one object as it is now; None: there is none"""
        answer = self._client.request("GET", f"{kind}/{segment(key)}", expect={404})
        return None if answer.status == 404 else loads(answer.body, kind)

    def receipt(self, key: str) -> str:
        """:return: the address at which a receipt can be read for an hour"""
        return self._object(f"receipts/{segment(key)}", "receipt").needed("receipt_url")

    # -- what became of it -----------------------------------------------------------------

    def synced(self, kind: Kind, key: str, *, idempotency_key: str, reference: str) -> str:
        """Report that an object is booked; with the same key it has an effect once.

        :return: what Ramp calls the report
        """
        done = {"id": key, "reference_id": reference[:255]}
        return self._sync(kind, idempotency_key, {"successful_syncs": [done]})

    def failed(self, kind: Kind, key: str, *, idempotency_key: str, text: str) -> str:
        """Report why an object cannot be booked: it is shown as an export error."""
        failure = {"id": key, "error": {"message": text[:_LONGEST]}}
        return self._sync(kind, idempotency_key, {"failed_syncs": [failure]})

    def _sync(self, kind: Kind, idempotency_key: str, lists: Mapping[str, Any]) -> str:
        body = {"idempotency_key": idempotency_key, "sync_type": SYNC_TYPES[kind], **lists}
        answer = self._client.request("POST", "accounting/syncs", json=body, may_repeat=True)
        return loads(answer.body, "sync").needed("sync_id")

    # -- webhooks --------------------------------------------------------------------------

    def verify_webhook(self, webhook_id: str, challenge: str) -> None:
        """Answer the question with which Ramp tries a new webhook."""
        self._client.request(
            "POST", f"webhooks/{segment(webhook_id)}/verify", json={"challenge": challenge}, may_repeat=True
        )

    # -- lists -----------------------------------------------------------------------------

    def everything(self, path: str, query: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Read a whole list, for master data.

        :raise MalformedError: its pages turn in a circle
        """
        found: list[dict[str, Any]] = []
        start: str | None = None
        asked: set[str] = set()
        for _page in range(MOST_PAGES):
            page = self._page(path, query or {}, start)
            found += page.items
            start = page.following
            if start is None:
                return found
            if start in asked:
                break
            asked.add(start)
        raise MalformedError("The pages of Ramp turn in a circle.", reason="expense_malformed")

    def _page(self, path: str, query: Mapping[str, Any], start: str | None) -> Page:
        wish = {**query, "page_size": PAGE, **({"start": start} if start else {})}
        # without a position a refusal is about something else
        answer = self._client.request("GET", path, query=wish, expect={400, 404, 422} if start else ())
        if answer.status >= 400:
            raise PositionGone(f"Ramp does not know the position in {path} any more ({answer.status}).")
        node = loads(answer.body, path)
        items = tuple(dict(item.value) for item in node.nodes("data"))
        page = node.node("page")
        following = _start(page.text("next") if page else None)
        if following is not None and following == start:
            raise MalformedError("The pages of Ramp turn in a circle.", reason="expense_malformed")
        return Page(items=items, following=following)

    def _object(self, path: str, what: str) -> Node:
        return loads(self._client.request("GET", path).body, what)


def handed(kind: Kind, item: Mapping[str, Any]) -> Handed:
    """Make an object of a list into what is stored, without what changes by itself."""
    kept = {name: value for name, value in item.items() if name not in _FLEETING}
    key = Node(item, kind).needed("id")
    return Handed(external_id=f"{kind}/{key}", content=stable({**kept, "sync_status": "SYNC_READY"}))


def handed_card(item: Mapping[str, Any]) -> Handed:
    """Make a card transaction into what is stored."""
    kept = {name: value for name, value in item.items() if name not in _FLEETING | _CODING}
    if statement := item.get("statement_id"):
        kept["statement_id"] = statement
    return Handed(external_id=Node(item, "transaction").needed("id"), content=stable(kept))


def split(external_id: str) -> tuple[Kind, str]:
    """:return: kind and id of what a report stands for
    :raise RejectedError: it is none of Ramp
    """
    kind, _slash, key = external_id.partition("/")
    for known in KINDS:
        if kind == known and key:
            return known, key
    raise RejectedError("This is no document of Ramp.", reason="expense_malformed")


def _start(following: str | None) -> str | None:
    """:return: the position in the address of the next page, None where there is none"""
    if not following:
        return None
    found = parse_qs(urlsplit(following).query).get("start")
    if not found or not found[0]:
        raise MalformedError("Ramp gives no position of the next page.", reason="expense_malformed")
    return found[0]
