"""What the stand-in knows and does when it behaves: tokens, items in pages, payments with idempotency keys."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def as_json(status: int, value: Any, **headers: str) -> Response:
    return Response(status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})


class System:
    """The outside system; one instance is one tenant."""

    def __init__(self) -> None:
        self.client_id, self.client_secret = "odoo", "sandbox-secret"
        self.client_public_key = ""
        self.access_seconds = 3600
        self.needs_token = False
        self.rotates = True
        self.items: list[Any] = []
        self.token_calls: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.payments: dict[str, Any] = {}
        self.effects = 0
        self._keys: dict[str, tuple[str, Response]] = {}
        self._access: dict[str, float] = {}
        self._refresh: set[str] = set()
        self._spent: set[str] = set()
        self._codes: dict[str, tuple[str, str]] = {}
        self._assertions: set[str] = set()

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            getattr(self, name)  # an unknown name is a mistake
            setattr(self, name, value)

    def expire_tokens(self) -> None:
        """All access tokens are over at once; refresh tokens stay."""
        self._access.clear()

    def revoke(self) -> None:
        """The user has taken the permission back."""
        self._access.clear()
        self._spent |= self._refresh
        self._refresh.clear()

    def grant(self) -> dict[str, Any]:
        """A pair of tokens, as after a login."""
        access, refresh = f"at-{secrets.token_hex(16)}", f"rt-{secrets.token_hex(16)}"
        self._access[access] = time.time() + self.access_seconds
        self._refresh.add(refresh)
        return {
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": self.access_seconds,
        }

    def state(self) -> dict[str, Any]:
        return {
            "token_calls": self.token_calls,
            "requests": self.requests,
            "payments": self.payments,
            "effects": self.effects,
        }

    def answer(self, request: Request) -> Response:
        route = (request.method, request.path.rstrip("/") or "/")
        self.requests.append({"method": request.method, "path": request.path, "headers": request.headers})
        if route == ("POST", "/token"):
            return self._token(request)
        if route == ("GET", "/authorize"):
            return self._authorize(request)
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
        return self._access.get(token, 0.0) > time.time()

    # -- OAuth 2.0 -------------------------------------------------------------------------

    def _authorize(self, request: Request) -> Response:
        """The user says yes at once."""
        code = secrets.token_hex(16)
        query = request.query
        if query.get("code_challenge_method") != "S256" or query.get("client_id") != self.client_id:
            return as_json(400, {"error": "invalid_request"})
        self._codes[code] = (query["code_challenge"], query["redirect_uri"])
        return Response(302, b"", {"Location": f"{query['redirect_uri']}?code={code}&state={quote(query['state'])}"})

    def _token(self, request: Request) -> Response:
        form = request.form()
        grant = form.get("grant_type", "")
        self.token_calls.append(grant)
        if not self._is_client(request, form):
            return as_json(401, {"error": "invalid_client"})
        if grant == "client_credentials":
            granted = self.grant()
            self._refresh.discard(granted.pop("refresh_token"))
            return as_json(200, granted)
        if grant == "refresh_token":
            return self._refreshed(form.get("refresh_token", ""))
        if grant == "authorization_code":
            challenge, redirect = self._codes.pop(form.get("code", ""), ("", ""))
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if challenge != _base64url(digest) or redirect != form.get("redirect_uri"):
                return as_json(400, {"error": "invalid_grant"})
            return as_json(200, self.grant())
        return as_json(400, {"error": "unsupported_grant_type"})

    def _refreshed(self, token: str) -> Response:
        if token in self._spent:
            # a token that comes twice was stolen: everything of the family is revoked
            self.revoke()
            return as_json(400, {"error": "invalid_grant", "error_description": "refresh token reuse detected"})
        if token not in self._refresh:
            return as_json(400, {"error": "invalid_grant"})
        if not self.rotates:
            granted = self.grant()
            self._refresh.discard(granted.pop("refresh_token"))
            return as_json(200, granted)
        self._refresh.discard(token)
        self._spent.add(token)
        return as_json(200, self.grant())

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        if "client_assertion" in form:
            return self._is_assertion(form["client_assertion"])
        basic = request.headers.get("authorization", "")
        if basic.startswith("Basic "):
            name, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
            return (name, secret) == (self.client_id, self.client_secret)
        return (form.get("client_id"), form.get("client_secret")) == (self.client_id, self.client_secret)

    def _is_assertion(self, text: str) -> bool:
        """RFC 7523: signed by the client's key, for us, young, never seen before."""
        head, claims, signature = text.split(".")
        stated = json.loads(_decoded(claims))
        key = serialization.load_pem_public_key(self.client_public_key.encode())
        try:
            _verify(key, json.loads(_decoded(head))["alg"], f"{head}.{claims}".encode(), _decoded(signature))
        except InvalidSignature:
            return False
        fresh = (
            stated["exp"] > time.time() and stated["exp"] - time.time() < 600 and stated["jti"] not in self._assertions
        )
        self._assertions.add(stated["jti"])
        return fresh and stated["iss"] == stated["sub"] == self.client_id and str(stated["aud"]).endswith("/token")

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


def _verify(key: Any, algorithm: str, data: bytes, signature: bytes) -> None:
    if algorithm == "PS256" and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    elif algorithm == "RS256" and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    elif algorithm == "ES256" and isinstance(key, ec.EllipticCurvePublicKey):
        pair = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        key.verify(pair, data, ec.ECDSA(hashes.SHA256()))
    else:
        raise InvalidSignature


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
