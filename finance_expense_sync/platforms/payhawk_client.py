"""Payhawk, API v3 (specs/expense_platforms.md, section 5): reviewed expenses, payments by card, what became of them.

The API acknowledges no export: what was read is remembered here. An expense is shown the entry in Odoo as an external
link, and what is wrong with it as a notification. Lists are read by offset, so that an entry that leaves the list while
it is read would hide another one: each page begins with the last entry of the page before, and where that is not so the
list is read anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date as Day
from datetime import datetime as Moment
from typing import Any

from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.safe import strict_json

from .access import MOST_PAGES, Page, PositionGone, segment
from .calling import Caller
from .contract import Handed
from .reading import Node, loads, stable

#: expenses of one page; the API gives up to 1000, and the approval of each is a call of its own
PAGE = 100
#: card expenses of one page: the payments of each are a call of their own, of which fifteen a second are allowed
CARD_PAGE = 25
#: addresses that live for minutes, marks of our own, and what Payhawk changes by itself after an expense was reviewed
_FLEETING = frozenset({"externalLinks", "isPaid", "amortization"})
#: title of the links and notifications that are ours begins so
MARK = "Odoo"
#: revisions are seconds since then
BEGIN = Moment(2015, 1, 1)
_LONGEST = 1000


class PayhawkClient:
    """Calls Payhawk for one of its accounts, for one unit of work."""

    def __init__(self, client: Caller, account: str) -> None:
        """:param account: what Payhawk calls the account of the company"""
        self._client = client
        self._account = segment(account)

    def name(self) -> str:
        """:return: what the account is called"""
        node = self.object("", "account")
        return node.text("name", most=200) or node.needed("id")

    # -- what is ready ---------------------------------------------------------------------

    def reviewed(self, since: Day, skip: int) -> Page:
        """Read a page of the expenses that were reviewed on a day or later.

        :param skip: so many entries come before it
        """
        # dates are compared by their day, and there is only "later than"
        after = Day.fromordinal(since.toordinal() - 1).isoformat()
        wish = {"$and": [{"status": {"$equal": "ready"}}, {"reviewedAt": {"$greaterThan": f"{after}T00:00:00.000Z"}}]}
        return self._page("expenses", wish, skip, PAGE)

    def by_card(self, since: Day, skip: int) -> Page:
        """Read a page of the card expenses that were made on a day or later, whatever has become of them."""
        after = Day.fromordinal(since.toordinal() - 1).isoformat()
        wish = {"$and": [{"type": {"$equal": "card"}}, {"createdAt": {"$greaterThan": f"{after}T00:00:00.000Z"}}]}
        return self._page("expenses", wish, skip, CARD_PAGE)

    def payments(self, expense: str) -> list[dict[str, Any]]:
        """:return: payments of an expense"""
        return [dict(node.value) for node in self.object(f"expenses/{segment(expense)}/payments", "p").nodes("items")]

    def named(self, expenses: Collection[str]) -> list[dict[str, Any]]:
        """:return: those of the expenses that are still reviewed"""
        wish = {"$and": [{"status": {"$equal": "ready"}}, {"id": {"$in": list(expenses)}}]}
        return list(self._page("expenses", wish, 0, 1000).items)

    def workflow(self, expense: str) -> dict[str, Any]:
        """:return: who approved an expense, and when"""
        return dict(self.object(f"expenses/{segment(expense)}/workflow", "workflow").value)

    def look(self, expense: str) -> Node | None:
        """:return: an expense as it is now; None: there is none"""
        answer = self.call("GET", f"expenses/{segment(expense)}", expect={404})
        return None if answer.status == 404 else loads(answer.body, "expense")

    def file(self, expense: str, file_id: str) -> tuple[str, str] | None:
        """:return: address and kind of a file of an expense; None: it is not there any more"""
        node = self.look(expense)
        document = node.node("document") if node else None
        for one in document.nodes("files") if document else []:
            if one.text("id") == file_id:
                return one.needed("url"), one.text("contentType") or "application/octet-stream"
        return None

    # -- what became of it -----------------------------------------------------------------

    def link(self, expense: Node, title: str, url: str) -> None:
        """Show an entry of ours on an expense: in the place of an earlier one, beside the links of others."""
        links = [dict(one.value) for one in expense.nodes("externalLinks")]
        kept = [one for one in links if one.get("url") != url and not str(one.get("title", "")).startswith(MARK)]
        wanted = [*kept, {"title": title[:255], "url": url}]
        if wanted != links:
            path = f"expenses/{segment(expense.needed('id'))}"
            self.call("PATCH", path, json={"externalLinks": wanted}, may_repeat=True)

    def notify(self, expense: Node, text: str) -> None:
        """Show what is wrong on an expense; the same text once."""
        path = f"expenses/{segment(expense.needed('id'))}/notifications"
        message = text[:_LONGEST]
        if any(one.text("message") == message for one in self.object(path, "notifications").nodes("items")):
            return
        self.call("POST", path, json={"message": message, "type": "error"}, may_repeat=True)

    def paid(self, expense: Node, day: Day, reference: str) -> bool:
        """Mark an expense by bank transfer as paid.

        :return: False: payments of other kinds of expenses are not told to Payhawk
        """
        if expense.text("type") != "bank":
            return False
        if not expense.yes("isPaid"):
            body = {"date": f"{day.isoformat()}T00:00:00.000Z", "paymentReference": reference[:140]}
            path = f"expenses/{segment(expense.needed('id'))}/bank-payment-details"
            self.call("POST", path, json=body, may_repeat=True)
        return True

    # -- calls -----------------------------------------------------------------------------

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Make one call below the account."""
        return self._client.request(method, f"accounts/{self._account}/{path}".rstrip("/"), **options)

    def object(self, path: str, what: str) -> Node:
        """:return: the object at a path below the account"""
        return loads(self.call("GET", path).body, what)

    def everything(self, path: str, what: str) -> Iterator[Node]:
        """Read a whole list, for master data: all at once, or in pages where it gives them."""
        seen: set[str] = set()
        for number in range(MOST_PAGES):
            node = loads(self.call("GET", path, query={"$skip": len(seen), "$take": 1000}).body, what)
            items = node.nodes("items")
            fresh = [one for one in items if (one.text("id") or one.text("code") or "") not in seen]
            yield from fresh
            seen |= {one.text("id") or one.text("code") or "" for one in fresh}
            if not fresh or len(seen) >= (node.number("total") or 0) or (number and len(fresh) < len(items)):
                return
        raise MalformedError("The pages of Payhawk turn in a circle.", reason="expense_malformed")

    def _page(self, path: str, wish: Mapping[str, Any], skip: int, take: int) -> Page:
        query = {
            "$filter": strict_json.dumps(wish).decode(),
            "$orderBy": '[{"id":"asc"}]',
            "$skip": skip,
            "$take": take,
        }
        node = loads(self.call("GET", path, query=query).body, path)
        items = tuple(dict(item.value) for item in node.nodes("items"))
        total = node.number("total") or 0
        # the next page begins with the last entry of this one
        more = len(items) > 1 and skip + len(items) < total
        return Page(items=items, following=str(skip + len(items) - 1) if more else None, total=total)


def continued(page: Page, last: str | None) -> tuple[dict[str, Any], ...]:
    """Give what is new on a page.

    :param last: id of the last entry of the page before
    :raise PositionGone: the page does not begin with it: the list has changed
    """
    if last is None:
        return page.items
    if not page.items or str(page.items[0].get("id")) != last:
        raise PositionGone("The list of Payhawk has changed while it was read.")
    return page.items[1:]


def handed(item: Mapping[str, Any], workflow: Mapping[str, Any] | None = None) -> Handed:
    """Make an expense into what is stored, without what changes by itself.

    :param workflow: who approved it, where that was asked for
    """
    kept = {name: value for name, value in item.items() if name not in _FLEETING}
    document = kept.get("document")
    if isinstance(document, Mapping) and isinstance(document.get("files"), list):
        files = [
            {name: value for name, value in one.items() if name != "url"} if isinstance(one, Mapping) else one
            for one in document["files"]
        ]
        kept["document"] = {**document, "files": files}
    if workflow:
        kept["workflow"] = dict(workflow)
    node = Node(item, "expense")
    return Handed(external_id=node.needed("id"), revision=revision(node), content=stable(kept))


def revision(expense: Node) -> int:
    """:return: a number that grows when an expense was corrected: it is reviewed anew then"""
    reviewed = expense.moment("reviewedAt") or expense.moment("createdAt") or BEGIN
    return max(int((reviewed - BEGIN).total_seconds()), 0)


def handed_payment(expense: Mapping[str, Any], payment: Mapping[str, Any]) -> Handed:
    """Make a payment by card into what is stored, with what its expense says of who and where."""
    names = ("id", "createdAt", "createdBy", "title", "supplier", "category", "status")
    about = {name: expense[name] for name in names if expense.get(name) is not None}
    return Handed(
        external_id=Node(payment, "payment").needed("id"), content=stable({"expense": about, "payment": dict(payment)})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Proves who we are to Payhawk; files at other places are asked for without it."""

    key: str = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """:return: the header of the next call"""
        return {"X-Payhawk-ApiKey": self.key}

    def renew(self) -> bool:
        """:return: False: a key does not change by itself"""
        return False


def public_key(client: Caller) -> str:
    """:return: PEM of the key that webhooks are signed with; everybody may ask for it"""
    body = client.request("GET", "rsa-public-key", accept="text/plain, application/json").body
    text = body.decode("ascii", "replace").strip()
    return text.strip('"').replace("\\n", "\n") if text.startswith('"') else text
