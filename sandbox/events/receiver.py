"""What a receiver does with a delivery, by the text of Standard Webhooks 1.0 and CloudEvents 1.0."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.http.messages import Request, Response, as_json

#: seconds that a delivery may be old or early
TOLERANCE = 300
#: attributes without which it is no CloudEvent
REQUIRED = ("id", "source", "specversion", "type")


@dataclass(slots=True)
class Receiver:
    """One consumer: its secrets, and what has arrived.

    :param events: those it did not know, in the order of their arrival
    :param repeated: how often something came that it knew
    :param refused: what was wrong with the others
    """

    secrets: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    repeated: int = 0
    refused: list[str] = field(default_factory=list)

    def take(self, request: Request) -> str | None:
        """:return: what is wrong with it, or None"""
        fault = self._fault(request)
        if fault:
            self.refused.append(fault)
            return fault
        event = json.loads(request.body)
        if any((known["source"], known["id"]) == (event["source"], event["id"]) for known in self.events):
            self.repeated += 1
        else:
            self.events.append(event)
        return None

    def _fault(self, request: Request) -> str | None:
        head = request.headers
        identity, stamp = head.get("webhook-id", ""), head.get("webhook-timestamp", "")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE:
            return "age"
        signed = identity.encode() + b"." + stamp.encode() + b"." + request.body
        good = {
            base64.b64encode(hmac.new(base64.b64decode(secret[len("whsec_") :]), signed, hashlib.sha256).digest())
            for secret in self.secrets
        }
        parts = head.get("webhook-signature", "").split(" ")
        given = [part[len("v1,") :].encode() for part in parts if part.startswith("v1,")]
        if not good.intersection(given):
            return "signature"
        if not head.get("content-type", "").startswith("application/cloudevents+json"):
            return "content type"
        event = json.loads(request.body)
        if any(not event.get(name) for name in REQUIRED) or event["specversion"] != "1.0":
            return "no event"
        return "identity" if event["id"] != identity else None


@dataclass(slots=True)
class Receivers:
    """All of them; the first part of the path names one."""

    known: dict[str, Receiver] = field(default_factory=dict)

    def configure(self, values: dict[str, dict[str, Any]]) -> None:
        for name, given in values.items():
            self.known.setdefault(name, Receiver()).secrets = list(given["secrets"])

    def answer(self, request: Request) -> Response:
        receiver = self.known.get(request.path.strip("/").split("/")[0])
        if receiver is None:
            return as_json(404, {"error": "nobody"})
        if request.method != "POST":
            return as_json(405, {"error": "method"})
        fault = receiver.take(request)
        return as_json(400, {"error": fault}) if fault else as_json(200, {"ok": True})

    def state(self) -> dict[str, Any]:
        return {
            name: {"events": one.events, "repeated": one.repeated, "refused": one.refused}
            for name, one in self.known.items()
        }
