"""The lists from which people choose how an object is coded: accounts, vendors, fields and their options."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from sandbox.http.messages import Request, Response, as_json

Listing = Callable[..., Response]
#: path -> name of the list in bodies
_BATCHES = {"accounts": "gl_accounts", "vendors": "vendors", "field-options": "options"}


class CodingLists:
    """Rows are known by ``ramp_id`` here and by ``id`` over there; what is deleted stays, but cannot be chosen."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {
            name: {} for name in ("accounts", "vendors", "fields", "field-options")
        }
        #: nothing is accepted any more
        self.is_broken = False

    def state(self) -> dict[str, Any]:
        """What can be chosen, by list: id over there -> name."""
        return {
            name: {row["id"]: row.get("name") or row.get("value") for row in rows.values() if row["is_active"]}
            for name, rows in self.rows.items()
        }

    def answer(self, request: Request, parts: list[str], listing: Listing) -> Response | None:
        """:return: None: it was about something else"""
        if parts[:1] != ["accounting"] or len(parts) < 2 or parts[1] not in self.rows:
            return None
        if self.is_broken and request.method != "GET":
            return _no(500, "Something went wrong")
        rows = self.rows[parts[1]]
        match request.method, parts[2:]:
            case "GET", []:
                return listing(request, rows, lambda row: _fits(row, request))
            case "POST", [] if parts[1] == "fields":
                return self._made_field(json.loads(request.body))
            case "POST", []:
                return self._made(parts[1], json.loads(request.body))
            case "GET", [key] if key in rows:
                return as_json(200, rows[key])
            case "PATCH", [key] if key in rows:
                return _changed(rows[key], json.loads(request.body))
            case "DELETE", [key] if key in rows:
                rows[key]["is_active"] = False
                return Response(204)
        return None

    def _made_field(self, body: dict[str, Any]) -> Response:
        if body.get("input_type") not in ("BOOLEAN", "FREE_FORM_TEXT", "SINGLE_CHOICE"):
            return _no(400, "input_type is not valid")
        if any(row["id"] == body["id"] for row in self.rows["fields"].values()):
            return _no(400, "The field exists already")
        return as_json(201, self._keep("fields", body))

    def _made(self, name: str, body: dict[str, Any]) -> Response:
        """All or nothing."""
        wished = body.get(_BATCHES[name], [])
        if not 1 <= len(wished) <= 500:
            return _no(400, "Up to 500 at once")
        field = body.get("field_id")
        if name == "field-options" and field not in self.rows["fields"]:
            return _no(400, "field_id is not known")
        taken = {(row["id"], row.get("field_id")) for row in self.rows[name].values()}
        if any((one["id"], field) in taken for one in wished):
            return _no(400, "It exists already: use PATCH")
        if name == "accounts" and any(
            one.get("classification") not in ("ASSET", "EXPENSE", "LIABILITY", "REVENUE", "EQUITY") for one in wished
        ):
            return _no(400, "classification is not valid")
        made = [self._keep(name, {**one, **({"field_id": field} if field else {})}) for one in wished]
        return as_json(201, {_BATCHES[name]: made, "uploaded": [row["ramp_id"] for row in made]})

    def _keep(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        key = str(uuid.uuid4())
        self.rows[name][key] = {**said, "ramp_id": key, "is_active": True}
        return self.rows[name][key]


def _fits(row: dict[str, Any], request: Request) -> bool:
    query = request.query
    if "remote_id" in query and row["id"] != query["remote_id"]:
        return False
    if "field_id" in query and row.get("field_id") != query["field_id"]:
        return False
    return "is_active" not in query or str(row["is_active"]).lower() == query["is_active"].lower()


def _changed(row: dict[str, Any], body: dict[str, Any]) -> Response:
    if not row["is_active"] and not body.get("reactivate"):
        return _no(400, "It was deleted: reactivate it")
    row.update({name: value for name, value in body.items() if name != "reactivate"})
    row["is_active"] = True
    return as_json(200, row)


def _no(status: int, message: str) -> Response:
    return as_json(
        status, {"error_v2": {"error_code": "DEVELOPER_7001", "message": message}, "error": {"message": message}}
    )
