"""List items v4: what people pick from when they fill in a report."""

from __future__ import annotations

import json
import uuid
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import route, said


class ListItems:
    """Lists and their items; ``items`` is id -> item, deleted ones among them."""

    items: dict[str, dict[str, Any]]

    def __init__(self) -> None:
        self.items = {}
        super().__init__()

    def picks(self, list_id: str) -> dict[str, str]:
        """:return: what can be picked from a list now, code -> words"""
        return {
            item["shortCode"]: item["value"]
            for item in self.items.values()
            if not item["isDeleted"] and list_id in [one["id"] for one in item["lists"]]
        }

    @route("POST", "/list/v4/items")
    def create_item(self, request: Request) -> Response:
        body = json.loads(request.body)
        if not body.get("listId") or not body.get("shortCode") or not body.get("value") or "-" in body["shortCode"]:
            return said({"errorMessage": "shortCode or value"}, 400)
        if body["shortCode"] in self.picks(body["listId"]):
            return said({"errorMessage": "Item already exists."}, 400)
        identity = str(uuid.uuid4())
        self.items[identity] = {
            "id": identity,
            "code": body["shortCode"],
            "shortCode": body["shortCode"],
            "value": body["value"],
            "parentId": None,
            "level": 1,
            "isDeleted": False,
            "lists": [{"id": body["listId"], "hasChildren": False}],
        }
        return said(self.items[identity], 201)

    @route("GET", "/list/v4/lists/([^/]+)/children")
    def children(self, request: Request, list_id: str) -> Response:
        found = [
            item
            for item in self.items.values()
            if list_id in [one["id"] for one in item["lists"]]
            and (not item["isDeleted"] or request.query.get("isDeleted") == "true")
            and request.query.get("shortCode", item["shortCode"]) == item["shortCode"]
        ]
        number = int(request.query.get("page", 1))
        content = found[(number - 1) * 100 : number * 100]
        pages = -(-len(found) // 100)
        page = {"size": 100, "totalElements": len(found), "totalPages": pages, "number": number}
        return said({"links": [], "content": content, "page": page})

    @route("GET", "/list/v4/items/([^/]+)")
    def item(self, request: Request, identity: str) -> Response:
        found = self.items.get(identity)
        return said(found) if found else said({"errorMessage": "not found"}, 404)

    @route("PUT", "/list/v4/items/([^/]+)")
    def update_item(self, request: Request, identity: str) -> Response:
        found = self.items.get(identity)
        if found is None or found["isDeleted"]:
            return said({"errorMessage": "not found"}, 404)
        body = json.loads(request.body)
        found |= {"shortCode": body["shortCode"], "code": body["shortCode"], "value": body["value"]}
        return said(found)

    @route("DELETE", "/list/v4/lists/([^/]+)/items/([^/]+)")
    def delete_item(self, request: Request, list_id: str, identity: str) -> Response:
        found = self.items.get(identity)
        if found is None or found["isDeleted"]:
            return said({"errorMessage": "not found"}, 404)
        found["isDeleted"] = True
        return Response(204)
