"""The lists from which people choose how an expense is coded, and the people and teams."""

from __future__ import annotations

import json
import uuid
from typing import Any

from sandbox.http.messages import Request, Response, as_json

_REPLACED = {"account-codes": "code", "tax-rates": "code", "external-teams": "externalId"}
_LISTED = ("custom-fields", "suppliers", "users", "teams")


class CodingLists:
    """Lists that are replaced as a whole, and such that are changed one by one."""

    def __init__(self) -> None:
        #: nothing is accepted any more
        self.is_broken = False
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*_REPLACED, *_LISTED)}
        self.values: dict[str, list[dict[str, Any]]] = {}

    def state(self) -> dict[str, Any]:
        """What can be chosen."""
        suppliers = {one["externalId"]: one["name"] for one in self.rows["suppliers"] if one["status"] == "active"}
        fields = {
            one["label"]: {value["externalId"]: value["label"] for value in self.values[one["id"]]}
            for one in self.rows["custom-fields"]
        }
        return {**{name: self.rows[name] for name in _REPLACED}, "suppliers": suppliers, "custom-fields": fields}

    def add(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        row = {"id": str(uuid.uuid4()), **said}
        self.rows[name].append(row)
        return row

    def fill(self, name: str, rows: list[dict[str, Any]]) -> None:
        self.rows[name] = rows

    def answer(self, request: Request, parts: list[str]) -> Response | None:
        """:return: None: it was about something else"""
        if not parts or parts[0] not in self.rows:
            return None
        if self.is_broken and request.method != "GET":
            return as_json(500, {"code": "InternalServerError"})
        body: Any = json.loads(request.body or b"null")
        match request.method, parts:
            case "GET", [name]:
                return _listed(request, self.rows[name])
            case "PUT", [name] if name in _REPLACED:
                return self._replaced(name, body)
            case "POST", ["custom-fields"]:
                row = self.add("custom-fields", body)
                self.values[row["id"]] = []
                return as_json(201, row)
            case "POST", ["suppliers"]:
                return as_json(201, self.add("suppliers", {**body, "status": "active"}))
            case "PATCH", ["suppliers", key, "status"]:
                return _changed(self.rows["suppliers"], key, body)
            case "PATCH", [("suppliers" | "custom-fields") as name, key]:
                return _changed(self.rows[name], key, body)
            case _, ["custom-fields", key, "values", *rest] if key in self.values:
                return self._value(request, self.values[key], rest, body)
        return None

    def _replaced(self, name: str, body: list[dict[str, Any]]) -> Response:
        key = _REPLACED[name]
        names = [one[key] for one in body]
        if len(set(names)) != len(names):
            return as_json(400, {"code": "BadRequest", "message": f"{key} is not unique"})
        own = {} if name == "account-codes" else {"id": ""}
        self.rows[name] = [{**own, **({"id": str(uuid.uuid4())} if own else {}), **one} for one in body]
        return as_json(200, {"items": self.rows[name], "total": len(body)})

    def _value(self, request: Request, values: list[dict[str, Any]], rest: list[str], body: Any) -> Response:
        match request.method, rest:
            case "GET", []:
                return _listed(request, values)
            case "POST", []:
                values.append({"id": str(uuid.uuid4()), **body})
                return as_json(201, values[-1])
            case "PATCH", [key]:
                return _changed(values, key, body)
            case "DELETE", [key]:
                values[:] = [one for one in values if one["id"] != key]
                return Response(204)
        return as_json(404, {"code": "NotFound"})


def _listed(request: Request, rows: list[dict[str, Any]]) -> Response:
    skip, take = int(request.query.get("$skip", 0)), int(request.query.get("$take", 1000))
    return as_json(200, {"items": rows[skip : skip + take], "total": len(rows)})


def _changed(rows: list[dict[str, Any]], key: str, body: dict[str, Any]) -> Response:
    for row in rows:
        if row["id"] == key:
            row.update(body)
            return as_json(200, row)
    return as_json(404, {"code": "NotFound"})
