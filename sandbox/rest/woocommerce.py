"""A shop: orders and refunds, as the REST API v3 of WooCommerce shows them; the site is two hours ahead of GMT."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, basic, route, said

KEY, SECRET = "ck_test", "cs_test"
API = "/wp-json/wc/v3"
OFFSET = timedelta(hours=2)


class WooCommerce(RestSystem):
    """:param page: most orders in a page, whatever is asked for"""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[int, dict[str, Any]] = {}
        self.refunds: dict[int, list[dict[str, Any]]] = {}
        self.page = 100
        self._number = 726

    # -- what happens in the shop -------------------------------------------------------------

    def sell(self, *lines: tuple[str, str, int], rate: str = "0.10", currency: str = "EUR", **more: Any) -> int:
        """Somebody buys; lines are (name, price, quantity). :return: id of the order"""
        self._number += 1
        items, net, tax = [], 0, 0
        for place, (name, price, quantity) in enumerate(lines, 1):
            cents = round(float(price) * 100) * quantity
            of_tax = round(cents * float(rate))
            net, tax = net + cents, tax + of_tax
            items.append(
                {
                    "id": self._number * 10 + place,
                    "name": name,
                    "quantity": quantity,
                    "total": f"{cents / 100:.2f}",
                    "total_tax": f"{of_tax / 100:.2f}",
                    "taxes": [{"id": 75, "total": f"{of_tax / 100}"}],
                    "sku": "",
                    "price": float(price),
                }
            )
        self.orders[self._number] = {
            "id": self._number,
            "number": str(self._number),
            "status": "pending",
            "currency": currency,
            "prices_include_tax": False,
            "date_paid": None,
            "date_paid_gmt": None,
            "total": f"{(net + tax) / 100:.2f}",
            "total_tax": f"{tax / 100:.2f}",
            "customer_id": 0,
            "customer_note": "",
            "payment_method": "cards",
            "transaction_id": "",
            "billing": {"first_name": "Ada", "last_name": "Byron", "company": "", "city": "London", "country": "GB",
                        "email": "ada@example.com", "phone": "", "address_1": "", "address_2": "", "postcode": ""},
            "line_items": items,
            "shipping_lines": [],
            "fee_lines": [],
            "refunds": [],
            **self._dated("date_created"),
            **self._dated("date_modified"),
            **more,
        }  # fmt: skip
        self.refunds[self._number] = []
        return self._number

    def pay(self, identity: int) -> None:
        self.orders[identity].update(
            status="processing", transaction_id="T1", **self._dated("date_paid"), **self._dated("date_modified")
        )

    def refund(self, identity: int, line: int = 0) -> int:
        """One line goes back, with its money. :return: id of the refund"""
        item = self.orders[identity]["line_items"][line]
        negative = {name: f"-{item[name]}" for name in ("total", "total_tax")}
        amount = f"{float(item['total']) + float(item['total_tax']):.2f}"
        return self.give_back(
            identity,
            amount,
            [
                {
                    **item,
                    "quantity": -item["quantity"],
                    **negative,
                    "taxes": [{"id": 75, "total": negative["total_tax"]}],
                }
            ],
        )

    def give_back(self, identity: int, amount: str, lines: list[dict[str, Any]]) -> int:
        """Give money back, for lines or just so. There is no event of its own: the order has changed."""
        number = identity * 100 + len(self.refunds[identity]) + 1
        self.refunds[identity].append(
            {"id": number, "amount": amount, "reason": "", "refunded_payment": True, "line_items": lines,
             "shipping_lines": [], "fee_lines": [], **self._dated("date_created")}
        )  # fmt: skip
        order = self.orders[identity]
        order["refunds"].append({"id": number, "reason": "", "total": f"-{amount}"})
        order.update(self._dated("date_modified"))
        return number

    def _dated(self, name: str) -> dict[str, str]:
        now = self.now().replace(tzinfo=None)
        return {name: (now + OFFSET).isoformat(), f"{name}_gmt": now.isoformat()}

    # -- what is asked ------------------------------------------------------------------------

    def lets_in(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == basic(KEY, SECRET):
            return None
        return said({"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources."}, 401)

    @route("GET", API + "/orders")
    def _orders(self, request: Request) -> Response:
        query = request.query
        # without the parameter the local time of the site is meant
        field = "date_modified_gmt" if query.get("dates_are_gmt") == "true" else "date_modified"
        found = sorted(self.orders.values(), key=lambda order: (order["date_modified_gmt"], order["id"]))
        if query.get("order", "desc") == "desc":
            found.reverse()
        if query.get("modified_after"):
            since = datetime.fromisoformat(query["modified_after"])
            found = [order for order in found if datetime.fromisoformat(order[field]) > since]
        size = min(int(query.get("per_page", "10")), 100, self.page)
        page = int(query.get("page", "1"))
        answer = said(found[(page - 1) * size : page * size])
        answer.headers["X-WP-Total"] = str(len(found))
        answer.headers["X-WP-TotalPages"] = str(-(-len(found) // size))
        return answer

    @route("GET", API + r"/orders/(\d+)")
    def _order(self, request: Request, identity: str) -> Response:
        order = self.orders.get(int(identity))
        return said(order) if order else said({"code": "woocommerce_rest_shop_order_invalid_id"}, 404)

    @route("GET", API + r"/orders/(\d+)/refunds")
    def _refunds(self, request: Request, identity: str) -> Response:
        return said(self.refunds.get(int(identity), []))
