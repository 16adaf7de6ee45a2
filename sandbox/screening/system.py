"""What the service answers, by its lists; slow, down and nonsense come from the wire (chaos of the stand-in)."""

from __future__ import annotations

import json
from typing import Any

from sandbox.http.messages import Request, Response, as_json


class Screening:
    """Lists and habits; fields without underscore can be configured."""

    def __init__(self) -> None:
        #: parts of names, in small letters, that are held or reviewed
        self.held: list[str] = []
        self.reviewed: list[str] = []
        #: amounts from which on somebody looks
        self.review_from = ""
        #: account -> name as its bank knows it; accounts that are not there cannot be verified
        self.holders: dict[str, str] = {}
        #: what is answered in the place of everything else, as it is
        self.answers_with: Any = None
        self.asked: list[dict[str, Any]] = []
        self.given: list[dict[str, Any]] = []
        self._by_key: dict[str, dict[str, Any]] = {}

    def configure(self, values: dict[str, Any]) -> None:
        """Set lists and habits.

        :raise AttributeError: there is no such field
        """
        for name, value in values.items():
            getattr(self, name)
            setattr(self, name, value)
        self._by_key.clear()

    def state(self) -> dict[str, Any]:
        """What was asked, and what was answered."""
        return {"asked": self.asked, "given": self.given}

    def answer(self, request: Request) -> Response:
        """Answer a question; the same key gets the same answer."""
        if (request.method, request.path) != ("POST", "/verdicts"):
            return as_json(404, {"error": "not found"})
        key = request.headers.get("idempotency-key", "")
        if key and key in self._by_key:
            return as_json(200, self._by_key[key])
        asked = json.loads(request.body)
        self.asked.append(asked)
        if self.answers_with is not None:
            return as_json(200, self.answers_with)
        told = {"digest": asked["digest"], "reference": f"S-{len(self.asked)}", "reasons": []}
        told |= self._verified(asked) if asked["kind"] == "payee" else self._screened(asked)
        self.given.append(told)
        self._by_key[key] = told
        return as_json(200, told)

    def _screened(self, asked: dict[str, Any]) -> dict[str, Any]:
        names = [payment["name"].lower() for payment in asked["payments"]]
        for verdict, listed in (("hold", self.held), ("review", self.reviewed)):
            for part in listed:
                if any(part in name for name in names):
                    return {"verdict": verdict, "reasons": [f"{part} is listed"]}
        if self.review_from and any(float(one["amount"]) >= float(self.review_from) for one in asked["payments"]):
            return {"verdict": "review", "reasons": ["large amount"]}
        return {"verdict": "pass"}

    def _verified(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"payments": [{"id": one["id"], "result": self._match(one)} for one in asked["payments"]]}

    def _match(self, payment: dict[str, Any]) -> str:
        holder = self.holders.get(payment["account"])
        if holder is None:
            return "not_possible"
        if holder.lower() == payment["name"].lower():
            return "match"
        shared = set(holder.lower().split()) & set(payment["name"].lower().split())
        return "close_match" if shared else "no_match"
