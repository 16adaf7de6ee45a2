"""The authorisation server of the stand-in: codes with PKCE, tokens in families, clients that prove themselves.

After RFC 6749, 7636, 7523 and 9700. A refresh token is good for one use; one that comes again was stolen, so its whole
family is taken back, unless a moment of grace is configured.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sandbox.http.messages import Request, Response, as_json


@dataclass(slots=True)
class Family:
    """What one permission has brought forth."""

    access: dict[str, float] = field(default_factory=dict)
    refresh: str = ""
    revoked: bool = False


@dataclass(slots=True)
class Code:
    challenge: str
    redirect_uri: str
    family: Family | None = None


class AuthorisationServer:
    """Who may call; the fields without underscore can be configured."""

    def __init__(self) -> None:
        self.client_id, self.client_secret = "odoo", "sandbox-secret"
        #: PEM; with it a signed assertion proves the client
        self.client_public_key = ""
        #: ``key id`` that an assertion has to name, if any
        self.client_key_id = ""
        #: the only ways in which the client may prove itself; empty: any
        self.methods: list[str] = []
        self.access_seconds = 3600
        self.refresh_seconds = 0
        self.rotates = True
        #: seconds in which a used refresh token is good once more
        self.grace_seconds = 0.0
        #: redirect addresses that are registered; empty: any
        self.redirect_uris: list[str] = []
        #: what the person answers: ``yes``, or an error such as ``access_denied``
        self.person_says = "yes"
        self.issuer = ""
        self.token_calls: list[str] = []
        self.answers: list[str] = []
        self.authorisations: list[dict[str, str]] = []
        self.reused = 0
        self._families: list[Family] = []
        self._spent: dict[str, tuple[Family, float]] = {}
        self._codes: dict[str, Code] = {}
        self._assertions: set[str] = set()

    # -- tokens ----------------------------------------------------------------------------

    def grant(self, family: Family | None = None, *, with_refresh: bool = True) -> dict[str, Any]:
        """A new token, with a refresh token where there is a permission to renew."""
        if family is None:
            family = Family()
            self._families.append(family)
        access = f"at-{secrets.token_hex(16)}"
        family.access[access] = time.time() + self.access_seconds
        answer: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "expires_in": self.access_seconds}
        if with_refresh:
            family.refresh = answer["refresh_token"] = f"rt-{secrets.token_hex(16)}"
            if self.refresh_seconds:
                answer["refresh_expires_in"] = self.refresh_seconds
        return answer

    def expire_tokens(self) -> None:
        """All access tokens are over at once; refresh tokens stay."""
        for family in self._families:
            family.access.clear()

    def revoke(self) -> None:
        """The person has taken the permission back."""
        for family in self._families:
            self._take_back(family)

    def _take_back(self, family: Family) -> None:
        family.access.clear()
        family.revoked = True

    def knows(self, token: str) -> bool:
        return any(family.access.get(token, 0.0) > time.time() for family in self._families)

    # -- the page --------------------------------------------------------------------------

    def authorise(self, request: Request) -> Response:
        """The person answers at once, as configured."""
        query = request.query
        self.authorisations.append(query)
        redirect_uri = query.get("redirect_uri", "")
        if query.get("client_id") != self.client_id or (self.redirect_uris and redirect_uri not in self.redirect_uris):
            # never sent back to an address that is not known
            return as_json(400, {"error": "invalid_request"})
        told = {"state": query.get("state", ""), **({"iss": self.issuer} if self.issuer else {})}
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            return _redirect(redirect_uri, error="invalid_request", **told)
        if self.person_says != "yes":
            return _redirect(redirect_uri, error=self.person_says, **told)
        code = secrets.token_hex(16)
        self._codes[code] = Code(query.get("code_challenge", ""), redirect_uri)
        return _redirect(redirect_uri, code=code, **told)

    # -- the token address -----------------------------------------------------------------

    def token(self, request: Request) -> Response:
        form = request.form()
        grant = form.get("grant_type", "")
        self.token_calls.append(grant)
        if not self._is_client(request, form):
            response = as_json(401, {"error": "invalid_client"})
        elif grant == "client_credentials":
            response = as_json(200, self.grant(with_refresh=False))
        elif grant == "refresh_token":
            response = self._refreshed(form.get("refresh_token", ""))
        elif grant == "authorization_code":
            response = self._exchanged(form)
        else:
            response = as_json(400, {"error": "unsupported_grant_type"})
        self.answers.append(json.loads(response.body).get("error", "granted"))
        return response

    def _exchanged(self, form: dict[str, str]) -> Response:
        code = self._codes.get(form.get("code", ""))
        if code is None:
            return _no()
        if code.family is not None:
            self._take_back(code.family)
            return _no("the code was used before")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        code.family = Family()
        self._families.append(code.family)
        if code.challenge != _base64url(digest) or code.redirect_uri != form.get("redirect_uri"):
            return _no()
        return as_json(200, self.grant(code.family))

    def _refreshed(self, token: str) -> Response:
        if token in self._spent:
            family, until = self._spent[token]
            if not family.revoked and time.time() < until:
                return as_json(200, self.grant(family))
            self.reused += 1
            self._take_back(family)
            return _no("refresh token reuse detected")
        family = next((one for one in self._families if token and one.refresh == token), Family(revoked=True))
        if family.revoked:
            return _no()
        if not self.rotates:
            return as_json(200, self.grant(family, with_refresh=False))
        self._spent[token] = (family, time.time() + self.grace_seconds)
        return as_json(200, self.grant(family))

    # -- the client ------------------------------------------------------------------------

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        basic = request.headers.get("authorization", "")
        if "client_assertion" in form:
            return self._may("jwt") and self._is_assertion(form)
        if basic.startswith("Basic "):
            name, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
            return self._may("basic") and self._is_secret(unquote_plus(name), unquote_plus(secret))
        if "client_secret" in form:
            return self._may("post") and self._is_secret(form.get("client_id", ""), form["client_secret"])
        if form.get("client_id") != self.client_id:
            return False
        if request.has_certificate:
            return self._may("tls")
        # a public client is one only where that was agreed on
        return "none" in self.methods

    def _may(self, method: str) -> bool:
        return not self.methods or method in self.methods

    def _is_secret(self, name: str, secret: str) -> bool:
        return (name, secret) == (self.client_id, self.client_secret)

    def _is_assertion(self, form: dict[str, str]) -> bool:
        """RFC 7523: signed by the client's key, for us, young, never seen before."""
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return False
        try:
            head, claims, signature = form["client_assertion"].split(".")
            header, stated = json.loads(_decoded(head)), json.loads(_decoded(claims))
            key = serialization.load_pem_public_key(self.client_public_key.encode())
            _verify(key, header["alg"], f"{head}.{claims}".encode(), _decoded(signature))
        except (InvalidSignature, ValueError, KeyError):
            return False
        left = stated["exp"] - time.time()
        is_new = stated["jti"] not in self._assertions
        self._assertions.add(stated["jti"])
        names = stated["iss"] == stated["sub"] == self.client_id and str(stated["aud"]).endswith("/token")
        return (
            0 < left < 600 and is_new and names and (not self.client_key_id or header.get("kid") == self.client_key_id)
        )

    def state(self) -> dict[str, Any]:
        return {
            "token_calls": self.token_calls,
            "token_answers": self.answers,
            "authorisations": self.authorisations,
            "reused": self.reused,
            "good_families": sum(not family.revoked for family in self._families),
        }


def _no(words: str = "") -> Response:
    return as_json(400, {"error": "invalid_grant", **({"error_description": words} if words else {})})


def _redirect(address: str, **told: str) -> Response:
    return Response(302, b"", {"Location": f"{address}?{urlencode(told)}"})


def _verify(key: Any, algorithm: str, data: bytes, signature: bytes) -> None:
    if algorithm == "PS256" and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    elif algorithm == "RS256" and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    elif algorithm in ("ES256", "ES384") and isinstance(key, ec.EllipticCurvePublicKey):
        half, digest = (32, hashes.SHA256()) if algorithm == "ES256" else (48, hashes.SHA384())
        if len(signature) != 2 * half or key.curve.key_size != 8 * half:
            raise InvalidSignature
        pair = encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
        key.verify(pair, data, ec.ECDSA(digest))
    else:
        raise InvalidSignature


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
