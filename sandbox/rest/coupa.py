"""A procurement platform: suppliers and invoices, as the Core API of Coupa gives them: bare lists, texts for money."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, route, said

TOKEN = "coupa-sandbox-token"


class Coupa(RestSystem):
    """:param page: most rows in a page; an empty list is 404"""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[int, dict[str, Any]]] = {"suppliers": {}, "invoices": {}}
        self.page = 50

    def put(self, kind: str, identity: int, **said_of: Any) -> None:
        known = self.rows[kind].get(identity, {"id": identity})
        self.rows[kind][identity] = {**known, **said_of, "updated-at": self.now().isoformat()}

    def lets_in(self, request: Request) -> Response | None:
        if request.headers.get("accept") != "application/json":
            return Response(200, b"<invoice-headers/>", {"Content-Type": "application/xml"})
        if request.headers.get("authorization") == f"Bearer {TOKEN}":
            return None
        return said({"errors": ["You are not authorized"]}, 401)

    @route("GET", "/api/currencies")
    def _currencies(self, request: Request) -> Response:
        return said([{"id": 1, "code": "EUR"}])

    @route("GET", "/api/(suppliers|invoices)")
    def _list(self, request: Request, kind: str) -> Response:
        rows = sorted(self.rows[kind].values(), key=lambda row: row["updated-at"])
        since = request.query.get("updated-at[gt_or_eq]") or request.query.get("updated_at[gt_or_eq]")
        if since:
            first = datetime.fromisoformat(since.replace("Z", "+00:00"))
            rows = [row for row in rows if datetime.fromisoformat(row["updated-at"]) >= first]
        begin = int(request.query.get("offset", "0"))
        rows = rows[begin : begin + min(int(request.query.get("limit", "50")), self.page)]
        return said(rows) if rows else said({"errors": ["nothing found"]}, 404)

    @route("PUT", r"/api/invoices/(\d+)")
    def _update(self, request: Request, identity: str) -> Response:
        if int(identity) not in self.rows["invoices"]:
            return said({"errors": ["not found"]}, 404)
        self.put("invoices", int(identity), **json.loads(request.body))
        return said(self.rows["invoices"][int(identity)])
