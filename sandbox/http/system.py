"""What the stand-in knows and does when it behaves: tokens, items in pages, payments with idempotency keys."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sandbox.http.messages import Request, Response, as_json
from sandbox.http.oauth2 import AuthorisationServer


class System:
    """The outside system; one instance is one tenant."""

    def __init__(self) -> None:
        self.oauth = AuthorisationServer()
        self.needs_token = False
        self.items: list[Any] = []
        self.requests: list[dict[str, Any]] = []
        self.payments: dict[str, Any] = {}
        self.effects = 0
        self._keys: dict[str, tuple[str, Response]] = {}

    def configure(self, values: dict[str, Any]) -> None:
        """Set fields of ours or of the authorisation server."""
        for name, value in values.items():
            owner = self if hasattr(self, name) else self.oauth
            getattr(owner, name)  # an unknown name is a mistake
            setattr(owner, name, value)

    def state(self) -> dict[str, Any]:
        return {
            **self.oauth.state(),
            "requests": self.requests,
            "payments": self.payments,
            "effects": self.effects,
        }

    def answer(self, request: Request) -> Response:
        route = (request.method, request.path.rstrip("/") or "/")
        self.requests.append({"method": request.method, "path": request.path, "headers": request.headers})
        if route == ("POST", "/token"):
            return self.oauth.token(request)
        if route == ("GET", "/authorize"):
            return self.oauth.authorise(request)
        if self.needs_token and not self._is_known(request):
            return as_json(401, {"error": "invalid_token"}, **{"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if route == ("GET", "/items"):
            return self._page(request)
        if route == ("POST", "/payments"):
            return self._pay(request)
        if route == ("GET", "/echo"):
            return as_json(200, {"headers": request.headers, "query": request.query})
        return as_json(404, {"title": "Not found"})

    def _is_known(self, request: Request) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self.oauth.knows(token)

    # -- resources -------------------------------------------------------------------------

    def _page(self, request: Request) -> Response:
        start, limit = int(request.query.get("cursor", 0)), int(request.query.get("limit", 100))
        page = self.items[start : start + limit]
        following = start + limit
        return as_json(200, {"items": page, "next": str(following) if following < len(self.items) else None})

    def _pay(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key", "").strip('"')
        digest = hashlib.sha256(request.body).hexdigest()
        if key in self._keys:
            before, response = self._keys[key]
            return response if before == digest else as_json(422, {"title": "This key was used for another payment"})
        self.effects += 1
        number = f"P{self.effects}"
        self.payments[number] = json.loads(request.body)
        response = as_json(201, {"id": number})
        if key:
            self._keys[key] = (digest, response)
        return response
