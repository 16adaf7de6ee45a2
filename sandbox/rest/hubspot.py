"""A CRM: companies, as the CRM v3 API of HubSpot gives them: every property is a text."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, route, said

TOKEN = "pat-sandbox-0001"


class HubSpot(RestSystem):
    """:param page: most companies in a page"""

    def __init__(self) -> None:
        super().__init__()
        self.companies: dict[str, dict[str, Any]] = {}
        self.page = 2

    def put(self, identity: str, **properties: str) -> None:
        """Somebody makes or changes a company."""
        now = self.now()
        known = self.companies.get(identity, {}).get("properties", {})
        stamp = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.companies[identity] = {
            "id": identity,
            "properties": {**known, **properties, "hs_lastmodifieddate": stamp, "hs_object_id": identity},
            "updatedAt": stamp,
            "archived": False,
        }

    def lets_in(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {TOKEN}":
            return None
        return said({"status": "error", "message": "Authentication credentials not found", "category": "x"}, 401)

    @route("GET", "/crm/v3/objects/companies")
    def _list(self, request: Request) -> Response:
        return said({"results": list(self.companies.values())[: int(request.query.get("limit", "10"))]})

    @route("POST", "/crm/v3/objects/companies/search")
    def _search(self, request: Request) -> Response:
        asked = json.loads(request.body)
        [wanted] = asked["filterGroups"][0]["filters"]
        if not isinstance(wanted["value"], str) or wanted["operator"] != "GTE":
            return said({"status": "error", "message": "Invalid input JSON", "category": "VALIDATION_ERROR"}, 400)
        rows = sorted(self.companies.values(), key=lambda row: row["updatedAt"])
        rows = [row for row in rows if _milliseconds(row["updatedAt"]) >= int(wanted["value"])]
        begin = int(asked.get("after", "0"))
        end = begin + min(asked.get("limit", 10), self.page)
        named = set(asked.get("properties", []))
        shown = [
            {**row, "properties": {name: value for name, value in row["properties"].items() if name in named}}
            for row in rows[begin:end]
        ]
        body: dict[str, Any] = {"total": len(rows), "results": shown}
        if end < len(rows):
            body["paging"] = {"next": {"after": str(end)}}
        return said(body)


def _milliseconds(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() * 1000)
