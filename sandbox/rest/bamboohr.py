"""A staff register: employees who join, move and leave, as the API v1 of BambooHR tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, basic, route, said

KEY = "bambookey0001"


class BambooHR(RestSystem):
    """Without ``Accept: application/json`` it answers in XML; nothing new is an empty list, changes are a map."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, dict[str, Any]] = {}
        self.changes: dict[str, dict[str, str]] = {}

    def put(self, identity: str, **said_of: Any) -> None:
        """Somebody joins or moves; ``status="Inactive"`` leaves."""
        known = self.people.get(identity, {"id": identity, "status": "Active", "department": None})
        self.people[identity] = {**known, **said_of}
        self._changed(identity, "Updated")

    def remove(self, identity: str) -> None:
        del self.people[identity]
        self._changed(identity, "Deleted")

    def _changed(self, identity: str, action: str) -> None:
        self.changes[identity] = {"id": identity, "action": action, "lastChanged": self.now().isoformat()}

    def lets_in(self, request: Request) -> Response | None:
        if request.headers.get("accept") != "application/json":
            return Response(200, b"<employees/>", {"Content-Type": "text/xml"})
        if request.headers.get("authorization") == basic(KEY, "x"):
            return None
        return Response(401, b"", {"X-BambooHR-Error-Message": "Invalid API key"})

    @route("GET", "/api/v1/meta/fields")
    def _fields(self, request: Request) -> Response:
        return said([{"id": 1, "name": "First name", "alias": "firstName"}])

    @route("GET", "/api/v1/employees/changed")
    def _list(self, request: Request) -> Response:
        since = datetime.fromisoformat(request.query["since"].replace("Z", "+00:00"))
        found = {
            identity: change
            for identity, change in self.changes.items()
            if datetime.fromisoformat(change["lastChanged"]) >= since
        }
        latest = max((change["lastChanged"] for change in self.changes.values()), default=request.query["since"])
        return said({"latest": latest, "employees": found or []})

    @route("GET", r"/api/v1/employees/(\d+)")
    def _one(self, request: Request, identity: str) -> Response:
        if identity not in self.people:
            return said({}, 404)
        named = {"id", *request.query.get("fields", "").split(",")}
        return said({name: value for name, value in self.people[identity].items() if name in named})
