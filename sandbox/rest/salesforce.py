"""A CRM: accounts and opportunities, as the REST API of Salesforce gives them."""

from __future__ import annotations

import re
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, route, said

TOKEN = "00D-sandbox-session"
API = r"/services/data/v62\.0"


class Salesforce(RestSystem):
    """:param page: most records in a page"""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, dict[str, Any]]] = {"Account": {}, "Opportunity": {}}
        self.page = 2
        self._locators: list[list[dict[str, Any]]] = []

    def put(self, kind: str, identity: str, **fields: Any) -> None:
        """Somebody makes or changes a record."""
        stamp = self.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        known = self.records[kind].get(identity, {"attributes": {"type": kind}, "Id": identity})
        self.records[kind][identity] = {**known, **fields, "SystemModstamp": stamp}

    def lets_in(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {TOKEN}":
            return None
        return said([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], 401)

    @route("GET", f"{API}/limits")
    def _limits(self, request: Request) -> Response:
        return said({"DailyApiRequests": {"Max": 15000, "Remaining": 14998}})

    @route("GET", f"{API}/query")
    def _query(self, request: Request) -> Response:
        asked = re.search(r"FROM (Account|Opportunity) WHERE (\w+) (>=|=) '?([^ ']+)'?", request.query.get("q", ""))
        if not asked:
            return said([{"message": "unexpected token", "errorCode": "MALFORMED_QUERY"}], 400)
        kind, field, operator, value = asked.groups()
        rows = sorted(self.records[kind].values(), key=lambda row: row["SystemModstamp"])
        if operator == "=":
            return self._paged([row for row in rows if row[field] == value])
        # what is written as Z compares with +0000 up to the seconds
        return self._paged([row for row in rows if row[field][:19] >= value[:19]])

    @route("GET", f"{API}/query/01g-(\\d+)-(\\d+)")
    def _more(self, request: Request, locator: str, begin: str) -> Response:
        if request.query:
            return said([{"message": "no parameters here", "errorCode": "INVALID_QUERY_LOCATOR"}], 400)
        return self._part(int(locator), int(begin))

    def _paged(self, rows: list[dict[str, Any]]) -> Response:
        self._locators.append(rows)
        return self._part(len(self._locators) - 1, 0)

    def _part(self, locator: int, begin: int) -> Response:
        rows = self._locators[locator]
        end = begin + self.page
        body: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows), "records": rows[begin:end]}
        if end < len(rows):
            body["nextRecordsUrl"] = f"/services/data/v62.0/query/01g-{locator}-{end}"
        answer = said(body)
        answer.headers["Sforce-Limit-Info"] = f"api-usage={len(self.requests)}/15000"
        return answer
