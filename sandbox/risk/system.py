"""What the risk system says; slow, down and nonsense on the wire come from the chaos of the stand-in."""

from __future__ import annotations

import json
from typing import Any

from sandbox.http.messages import Request, Response, as_json


class Risk:
    """Habits and what it knows; fields without underscore can be configured."""

    def __init__(self) -> None:
        #: word at once: "released", "rejected", or "pending" to decide later
        self.word = "pending"
        #: parts of names, in small letters, that are rejected at once
        self.rejected_names: list[str] = []
        #: answers with the correlation id of something else
        self.wrong_id = False
        #: says it twice, the second time the opposite
        self.contradicts = False
        #: names another currency, entity or amount in its list than it was told
        self.lists_wrongly: dict[str, str] = {}
        self.holds: dict[str, dict[str, Any]] = {}
        self.exposures: dict[str, str] = {}
        self.posts = 0

    def configure(self, values: dict[str, Any]) -> None:
        """Set habits.

        :raise AttributeError: there is no such field
        """
        for name, value in values.items():
            getattr(self, name)
            setattr(self, name, value)

    def decide(self, words: dict[str, str]) -> None:
        """Say the word about documents that were announced before."""
        for correlation, word in words.items():
            self._say(self.holds[correlation], word)

    def state(self) -> dict[str, Any]:
        """What was announced, and what was said."""
        return {"holds": self.holds, "exposures": self.exposures, "posts": self.posts}

    def answer(self, request: Request) -> Response:
        """Take a document, tell the word about one, list all, take exposures."""
        if (request.method, request.path) == ("POST", "/holds"):
            return self._announced(json.loads(request.body))
        if (request.method, request.path) == ("GET", "/holds"):
            return as_json(200, {"holds": [{**one, **self.lists_wrongly} for one in self.holds.values()]})
        if request.method == "GET" and request.path.startswith("/holds/"):
            known = self.holds.get(request.path.removeprefix("/holds/"))
            return as_json(200, self._told(known)) if known else as_json(404, {"error": "unknown"})
        if (request.method, request.path) == ("PUT", "/exposures"):
            return self._exposed(json.loads(request.body))
        return as_json(404, {"error": "not found"})

    def _announced(self, asked: dict[str, Any]) -> Response:
        self.posts += 1
        known = self.holds.get(asked["correlation_id"])
        if known is None:
            known = self.holds[asked["correlation_id"]] = {**asked, "status": "pending", "words": []}
            listed = any(part in asked["counterparty"].lower() for part in self.rejected_names)
            word = "rejected" if listed else self.word
            if word != "pending":
                self._say(known, word)
                if self.contradicts:
                    self._say(known, "rejected" if word == "released" else "released")
        return as_json(200, self._told(known))

    def _say(self, known: dict[str, Any], word: str) -> None:
        known["status"] = word
        known["words"].append({"event_id": f"E-{known['correlation_id']}-{len(known['words']) + 1}", "word": word})

    def _told(self, known: dict[str, Any]) -> dict[str, Any]:
        told = {
            "correlation_id": known["correlation_id"],
            "digest": known["digest"],
            "reference": f"R-{known['document']}",
            "words": known["words"],
        }
        return {**told, "correlation_id": "of-something-else"} if self.wrong_id else told

    def _exposed(self, told: dict[str, Any]) -> Response:
        if told["kind"] == "full":
            self.exposures.clear()
        for row in told["rows"]:
            key = "|".join((told["entity"], row["counterparty"], row["currency"], row["side"]))
            self.exposures[key] = row["amount"]
            if float(row["amount"]) == 0:
                del self.exposures[key]
        return as_json(200, {"rows": len(self.exposures)})
