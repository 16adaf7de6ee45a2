"""Subscription billing: invoices, payments and credit notes, as the API v2 of Chargebee gives them."""

from __future__ import annotations

import json
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, basic, route, said

KEY = "test_apikey_0001"
LISTS = {"invoices": "invoice", "transactions": "transaction", "credit_notes": "credit_note"}


class Chargebee(RestSystem):
    """Rows are wrapped by the name of their kind, money is whole minor units."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in LISTS}
        self.page = 2

    # -- one cycle ------------------------------------------------------------------------------

    def put(self, kind: str, identity: str, **said_of: Any) -> None:
        """Something happens to a record; its version grows."""
        seconds = int(self.now().timestamp())
        known = self.rows[kind].get(identity, {"id": identity, "object": LISTS[kind], "deleted": False})
        self.rows[kind][identity] = {
            **known,
            **said_of,
            "updated_at": seconds,
            "resource_version": seconds * 1000 + 123,
        }

    def bill(self, identity: str, net: int, tax: int, *, currency: str = "EUR", status: str = "payment_due") -> None:
        seconds = int(self.now().timestamp())
        self.put(
            "invoices",
            identity,
            customer_id="c1",
            subscription_id="s1",
            status=status,
            price_type="tax_exclusive",
            date=seconds,
            due_date=seconds,
            currency_code=currency,
            sub_total=net,
            tax=tax,
            total=net + tax,
            line_items=[
                {"id": "li_1", "date_from": seconds, "date_to": seconds + 30 * 86400, "unit_amount": net, "quantity": 1,
                 "amount": net, "discount_amount": 0, "tax_amount": tax, "tax_rate": 10.0, "is_taxed": bool(tax),
                 "description": "Basic, a month", "entity_id": "basic-monthly"}
            ],
            billing_address={"company": "Acme", "city": "Berlin", "country": "DE", "email": "bills@acme.example"},
        )  # fmt: skip

    def attempt(self, invoice: str, identity: str, status: str) -> None:
        """A payment is tried, and comes to this."""
        bill = self.rows["invoices"][invoice]
        self.put(
            "transactions",
            identity,
            type="payment",
            status=status,
            date=int(self.now().timestamp()),
            amount=bill["total"],
            currency_code=bill["currency_code"],
            gateway="stripe",
            id_at_gateway=f"ch_{identity}",
            linked_invoices=[{"invoice_id": invoice, "applied_amount": bill["total"]}],
        )
        if status == "success":
            self.put("invoices", invoice, status="paid", amount_paid=bill["total"])
        else:
            self.put("invoices", invoice, dunning_status="in_progress")

    # -- what is asked -----------------------------------------------------------------------------

    def lets_in(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == basic(KEY, ""):
            return None
        return said({"message": "Sorry, authentication failed.", "api_error_code": "api_authentication_failed"}, 401)

    @route("GET", "/api/v2/(invoices|transactions|credit_notes)")
    def _list(self, request: Request, kind: str) -> Response:
        query = request.query
        rows = sorted(self.rows[kind].values(), key=lambda row: (row["updated_at"], row["id"]))
        if "updated_at[after]" in query:
            rows = [row for row in rows if row["updated_at"] > int(query["updated_at[after]"])]
        begin = json.loads(query["offset"])[0] if "offset" in query else 0
        end = begin + min(int(query.get("limit", "10")), self.page)
        body: dict[str, Any] = {"list": [{LISTS[kind]: row} for row in rows[begin:end]]}
        if end < len(rows):
            body["next_offset"] = json.dumps([end, rows[end]["id"]])
        return said(body)

    @route("GET", "/api/v2/(invoices|transactions|credit_notes)/([^/]+)")
    def _one(self, request: Request, kind: str, identity: str) -> Response:
        row = self.rows[kind].get(identity)
        if not row:
            return said({"message": "not found", "api_error_code": "resource_not_found"}, 404)
        return said({LISTS[kind]: row})
