"""A receiver of neutral files: it loads a batch once its manifest is there, never twice, and acknowledges it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from decimal import Decimal
from typing import Any

from sandbox.http.messages import Request, Response, as_json


class Receiver:
    """The fields without underscore can be configured."""

    def __init__(self) -> None:
        self.accounts: list[str] = []
        #: says what it has loaded in its acknowledgement, and when asked
        self.tells_totals = True
        self.can_be_asked = False
        self.contents: dict[str, bytes] = {}
        self.manifests: dict[str, bytes] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.loads = 0
        self.log: list[tuple[str, str, int]] = []

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            getattr(self, name)
            setattr(self, name, value)

    def state(self) -> dict[str, Any]:
        return {"answers": self.answers, "loads": self.loads, "log": self.log}

    def answer(self, request: Request) -> Response:
        response = self._routed(request)
        self.log.append((request.method, request.path, response.status))
        return response

    def _routed(self, request: Request) -> Response:
        match request.method, request.path.strip("/").split("/"):
            case "PUT", ["batches", batch, "content"]:
                self.contents[batch] = request.body
                return Response(204)
            case "PUT", ["batches", batch, "manifest"]:
                if self.manifests.setdefault(batch, request.body) != request.body:
                    return as_json(409, {"title": "Another manifest"})
                if batch not in self.answers:
                    self.answers[batch] = self.load(self.contents[batch], request.body)
                return Response(204)
            case "GET", ["batches", batch, "manifest"] if batch in self.manifests:
                return Response(200, self.manifests[batch], {"Content-Type": "application/json"})
            case "GET", ["batches", batch, "acknowledgement"] if batch in self.answers:
                return as_json(200, self.answers[batch])
            case "GET", ["batches-totals"] if self.can_be_asked:
                return as_json(200, self.answers[next(reversed(self.answers))]["totals"])
        return as_json(404, {"title": "Not found"})

    def load(self, content: bytes, manifest: bytes) -> dict[str, Any]:
        """:return: the acknowledgement"""
        self.loads += 1
        told = json.loads(manifest)
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        errors = [
            {
                "row": number,
                "field": "account_code",
                "code": "unknown",
                "message": f"{row['account_code']} is not in the chart",
            }
            for number, row in enumerate(rows, 1)
            if row["account_code"] not in self.accounts
        ]
        if hashlib.sha256(content).hexdigest() != told["sha256"] or told["row_count"] != len(rows):
            errors.append({"code": "manifest", "message": "The file is not what its manifest says"})
        sums: dict[tuple[str, str, str], Decimal] = {}
        for row in rows:
            key = (row["entity_code"], row["account_code"], row["local_currency"])
            sums[key] = sums.get(key, Decimal(0)) + Decimal(row["balance"])
        answer = {
            "batch_id": told["batch_id"],
            "status": "rejected" if errors else "accepted",
            "rows_loaded": 0 if errors else len(rows),
            "rows_rejected": len(errors),
            "errors": errors,
            "loaded_at": "2026-11-01T00:00:00Z",
        }
        if self.tells_totals:
            answer["totals"] = [
                {"entity_code": entity, "account_code": account, "currency": currency, "balance": str(amount)}
                for (entity, account, currency), amount in sums.items()
            ]
        return answer
