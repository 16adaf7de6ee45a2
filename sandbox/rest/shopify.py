"""A shop: orders with transactions and refunds, as the REST Admin API 2024-10 shows them."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, route, said

TOKEN = "shpat_sandbox_token_0001"
API = r"/admin/api/\d{4}-\d{2}"


class Shopify(RestSystem):
    """:param page: most orders in a page, whatever is asked for"""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[int, dict[str, Any]] = {}
        self.transactions: dict[int, list[dict[str, Any]]] = {}
        self.page = 2
        self.calls = 0
        self._number = 1000

    # -- what happens in the shop -------------------------------------------------------------

    def sell(self, *lines: tuple[str, str, int], rate: str = "0.10", currency: str = "EUR", **more: Any) -> int:
        """Somebody buys and pays; lines are (name, price, quantity). :return: id of the order"""
        self._number += 1
        identity = 450_000_000 + self._number
        at = self.now().isoformat()
        items, net, tax = [], 0, 0
        for place, (name, price, quantity) in enumerate(lines, 1):
            cents = round(float(price) * 100) * quantity
            of_tax = round(cents * float(rate))
            net, tax = net + cents, tax + of_tax
            items.append(
                {
                    "id": identity * 10 + place,
                    "name": name,
                    "sku": "",
                    "quantity": quantity,
                    "price": price,
                    "tax_lines": [{"title": "VAT", "rate": float(rate), "price": f"{of_tax / 100:.2f}"}],
                    "discount_allocations": [],
                }
            )
        self.orders[identity] = {
            "id": identity,
            "name": f"#{self._number}",
            "created_at": at,
            "updated_at": at,
            "closed_at": None,
            "test": False,
            "taxes_included": False,
            "currency": currency,
            "financial_status": "pending",
            "total_price": f"{(net + tax) / 100:.2f}",
            "total_tax": f"{tax / 100:.2f}",
            "email": "ada@example.com",
            "customer": {"id": 77, "first_name": "Ada", "last_name": "Byron", "email": "ada@example.com"},
            "billing_address": {"name": "Ada Byron", "company": None, "city": "London", "country_code": "GB"},
            "line_items": items,
            "shipping_lines": [],
            "refunds": [],
            **more,
        }
        self.transactions[identity] = []
        return identity

    def pay(self, identity: int, gateway: str = "cards") -> int:
        """:return: id of the transaction"""
        order = self.orders[identity]
        transaction = self._transaction(order, "sale", order["total_price"], gateway)
        self.transactions[identity].append(transaction)
        self._touch(order, financial_status="paid")
        number: int = transaction["id"]
        return number

    def refund(self, identity: int, line: int = 0, gateway: str = "cards") -> int:
        """One line goes back, with its money. :return: id of the refund"""
        order = self.orders[identity]
        item = order["line_items"][line]
        net = round(float(item["price"]) * item["quantity"], 2)
        tax = float(item["tax_lines"][0]["price"])
        transaction = self._transaction(order, "refund", f"{net + tax:.2f}", gateway)
        self.transactions[identity].append(transaction)
        number = identity + 7_000_000 + len(order["refunds"])
        order["refunds"].append(
            {
                "id": number,
                "created_at": self.now().isoformat(),
                "note": None,
                "refund_line_items": [
                    {"quantity": item["quantity"], "subtotal": net, "total_tax": tax, "line_item": item}
                ],
                "order_adjustments": [],
                "transactions": [transaction],
            }
        )
        self._touch(order, financial_status="partially_refunded")
        return number

    def _transaction(self, order: dict[str, Any], kind: str, amount: str, gateway: str) -> dict[str, Any]:
        return {
            "id": order["id"] + 1_000_000 + len(self.transactions[order["id"]]),
            "order_id": order["id"],
            "kind": kind,
            "status": "success",
            "amount": amount,
            "currency": order["currency"],
            "gateway": gateway,
            "created_at": self.now().isoformat(),
            "test": False,
        }

    def _touch(self, order: dict[str, Any], **said_of: Any) -> None:
        order.update(said_of, updated_at=self.now().isoformat())

    # -- what is asked ------------------------------------------------------------------------

    def lets_in(self, request: Request) -> Response | None:
        self.calls += 1
        if request.headers.get("x-shopify-access-token") == TOKEN:
            return None
        return said({"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401)

    def missing(self) -> Response:
        return said({"errors": "Not Found"}, 404)

    @route("GET", API + "/shop.json")
    def _shop(self, request: Request) -> Response:
        return self._limited({"shop": {"id": 548380009, "currency": "EUR"}})

    @route("GET", API + "/orders.json")
    def _orders(self, request: Request) -> Response:
        query = dict(request.query)
        begin = 0
        if "page_info" in query:
            if set(query) - {"page_info", "limit", "fields"}:
                refused = sorted(set(query) - {"page_info", "limit", "fields"})[0]
                return said({"errors": {refused: f"{refused} cannot be passed when page_info is present"}}, 400)
            kept = json.loads(base64.urlsafe_b64decode(query["page_info"]))
            begin, query = kept["at"], {**kept["query"], "limit": query.get("limit", "50")}
        found = sorted(self.orders.values(), key=lambda order: (order["updated_at"], order["id"]))
        if query.get("status", "open") == "open":
            found = [order for order in found if not order["closed_at"]]
        if query.get("updated_at_min"):
            since = datetime.fromisoformat(query["updated_at_min"].replace("Z", "+00:00"))
            found = [order for order in found if datetime.fromisoformat(order["updated_at"]) >= since]
        size = min(int(query.get("limit", "50")), 250, self.page)
        headers = {}
        if begin + size < len(found):
            info = base64.urlsafe_b64encode(json.dumps({"at": begin + size, "query": query}).encode()).decode()
            host = request.headers.get("host", "")
            headers["Link"] = f'<http://{host}{request.path}?limit={size}&page_info={info}>; rel="next"'
        return self._limited({"orders": found[begin : begin + size]}, **headers)

    @route("GET", API + r"/orders/(\d+).json")
    def _order(self, request: Request, identity: str) -> Response:
        order = self.orders.get(int(identity))
        return self.missing() if order is None else self._limited({"order": order})

    @route("GET", API + r"/orders/(\d+)/transactions.json")
    def _transactions(self, request: Request, identity: str) -> Response:
        return self._limited({"transactions": self.transactions.get(int(identity), [])})

    def _limited(self, body: Any, **headers: str) -> Response:
        answer = said(body)
        answer.headers.update({"X-Shopify-Shop-Api-Call-Limit": f"{min(self.calls % 30, 40)}/40", **headers})
        return answer
