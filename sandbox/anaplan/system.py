"""What Anaplan answers when it behaves: tokens, files in chunks, imports and their tasks, dumps, exports.

Books of its own: the members of its lists, and the cells of one module. A row with a member it does not know is left
out: the task is complete and successful all the same, and only its details and its dump say so.
"""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

from sandbox.http.messages import Request, Response, as_json
from sandbox.rest.base import basic

USER, PASSWORD = "loader@example.com", "anaplan-password-1"
WORKSPACE, MODEL = "8a81b09d", "75A40874"
FILE, IMPORT, EXPORT = "113000000001", "112000000001", "116000000001"
BASE = f"/2/0/workspaces/{WORKSPACE}/models/{MODEL}"


class Platform:
    """One model. The fields without underscore can be configured."""

    def __init__(self) -> None:
        #: column -> members of its list; a column that is not here takes any
        self.members: dict[str, list[str]] = {"Company": [], "Account": []}
        #: so many questions a task is in progress
        self.running = 1
        #: 429 for so many of the next requests
        self.limited = 0
        #: tokens that are good; the others have ended
        self.tokens: list[str] = []
        self.authenticated = 0
        self.chunks: dict[int, bytes] = {}
        self.content = b""
        self.tasks: list[dict[str, Any]] = []
        self.dumps: dict[str, str] = {}
        self.cells: dict[tuple[str, ...], Decimal] = {}
        self.log: list[tuple[str, str, int]] = []

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            getattr(self, name)
            setattr(self, name, value)

    def know(self, column: str, *members: str) -> list[str]:
        """Members are added to a list, as the model's builder does."""
        known = self.members.setdefault(column, [])
        known += [member for member in members if member not in known]
        return known

    def state(self) -> dict[str, Any]:
        cells = {"|".join(key): str(amount) for key, amount in self.cells.items()}
        return {"members": self.members, "tasks": self.tasks, "cells": cells, "log": self.log}

    # -- requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        response = self._guarded(request)
        self.log.append((request.method, request.path, response.status))
        return response

    def _guarded(self, request: Request) -> Response:
        shown = request.headers.get("authorization", "")
        if request.path == "/token/authenticate":
            if shown != basic(USER, PASSWORD):
                return as_json(401, {"status": "FAILURE_BAD_CREDENTIAL"})
            self.authenticated += 1
            return self._token(f"token-{self.authenticated}")
        if self.limited:
            self.limited -= 1
            return as_json(429, {"status": {"code": 429}}, **{"Retry-After": "0"})
        if shown.removeprefix("AnaplanAuthToken ") not in self.tokens:
            return as_json(401, {"status": {"code": 401, "message": "Token expired"}})
        if request.path == "/token/refresh":
            return self._token(f"{self.tokens[-1]}-again")
        if request.path == "/2/0/workspaces":
            return as_json(200, {"workspaces": [{"id": WORKSPACE, "name": "Group"}]})
        if not request.path.startswith(BASE + "/"):
            return as_json(404, {"status": {"code": 404}})
        return self._model(request, request.path.removeprefix(BASE + "/").split("/"))

    def _token(self, value: str) -> Response:
        self.tokens.append(value)
        info = {"tokenValue": value, "expiresAt": 4102444800000, "refreshTokenId": "r-1", "tokenId": value}
        return as_json(201, {"status": "SUCCESS", "tokenInfo": info})

    def _model(self, request: Request, parts: list[str]) -> Response:
        match request.method, parts:
            case "POST", ["files", file_id]:
                # a wrong id makes a new file
                self.chunks = {}
                return as_json(
                    200, {"file": {"id": file_id if file_id == FILE else "113000000099", **json.loads(request.body)}}
                )
            case "PUT", ["files", _, "chunks", number]:
                self.chunks[int(number)] = request.body
                return Response(204)
            case "POST", ["files", _, "complete"]:
                self.content = b"".join(self.chunks[number] for number in sorted(self.chunks))
                return as_json(200, {"file": {"id": FILE, "chunkCount": len(self.chunks)}})
            case "GET", ["files", name, "chunks"] if name == EXPORT:
                return as_json(200, {"chunks": [{"id": "0", "name": "Chunk 0"}]})
            case "GET", ["files", name, "chunks", "0"] if name == EXPORT:
                return Response(200, self._exported().encode(), {"Content-Type": "application/octet-stream"})
            case "GET", ["imports", name, "tasks"] if name == IMPORT:
                return as_json(
                    200, {"tasks": [{"taskId": task["taskId"], "taskState": "COMPLETE"} for task in self.tasks]}
                )
            case "POST", ["imports", name, "tasks"] if name == IMPORT:
                return self._start(json.loads(request.body))
            case "GET", ["imports", _, "tasks", name, "dump"] if name in self.dumps:
                return Response(200, self.dumps[name].encode(), {"Content-Type": "text/csv"})
            case "GET", ["imports", _, "tasks", name]:
                return self._task(name)
            case "POST", ["exports", name, "tasks"] if name == EXPORT:
                return as_json(200, {"task": {"taskId": "E1", "taskState": "COMPLETE"}})
        return as_json(404, {"status": {"code": 404}})

    def _start(self, wish: dict[str, Any]) -> Response:
        task = {"taskId": f"T{len(self.tasks) + 1:03}", "asked": 0, "wish": wish}
        task["result"] = self._import(str(task["taskId"]))
        self.tasks.append(task)
        return as_json(200, {"task": {"taskId": task["taskId"]}})

    def _task(self, name: str) -> Response:
        for task in self.tasks:
            if task["taskId"] == name:
                task["asked"] += 1
                if task["asked"] <= self.running:
                    return as_json(200, {"task": {"taskId": name, "taskState": "IN_PROGRESS", "progress": 0.5}})
                return as_json(
                    200, {"task": {"taskId": name, "taskState": "COMPLETE", "progress": 1.0, "result": task["result"]}}
                )
        return as_json(404, {"status": {"code": 404}})

    def _import(self, name: str) -> dict[str, Any]:
        rows = list(csv.DictReader(io.StringIO(self.content.decode())))
        left_out = []
        for row in rows:
            wrong = [
                f"{column} '{row[column]}' not found"
                for column, known in self.members.items()
                if row[column] not in known
            ]
            if wrong:
                left_out.append({**row, "_Error1": "; ".join(wrong)})
            else:
                key = tuple(
                    row[column]
                    for column in ("Company", "Account", "Currency", "Time", "Version", "Partner", "Movement")
                )
                self.cells[key] = Decimal(row["Amount"])
        if left_out:
            text = io.StringIO()
            table = csv.DictWriter(text, list(left_out[0]))
            table.writeheader()
            table.writerows(left_out)
            self.dumps[name] = text.getvalue()
        details = [
            {
                "localMessageText": f"{len(rows) - len(left_out)} rows processed",
                "occurrences": len(rows),
                "type": "rowsProcessed",
            },
            {"localMessageText": f"{len(left_out)} rows ignored", "occurrences": len(left_out), "type": "rowsIgnored"},
        ]
        return {"successful": True, "failureDumpAvailable": bool(left_out), "details": details, "objectId": IMPORT}

    def _exported(self) -> str:
        sums: dict[tuple[str, ...], Decimal] = {}
        for key, amount in self.cells.items():
            sums[key[:3]] = sums.get(key[:3], Decimal(0)) + amount
        rows = [
            ",".join((company, account, currency, str(amount))) for (company, account, currency), amount in sums.items()
        ]
        return "\n".join(["Company,Account,Currency,Amount", *rows]) + "\n"
