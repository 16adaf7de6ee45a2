"""OAuth 2.0 as a client: what is asked for a token, and what the answer means. Pure, and without any memory.

Grants: client credentials, authorisation code with PKCE (S256 only), refresh token. The client proves itself by
a secret (basic or in the form), a signed assertion, its TLS certificate, or not at all (a public client with PKCE).
RFC 6749, 7636 (PKCE), 7523 (assertion), 8705 (TLS), 9207 (issuer), 9700 (best practice).
When to ask is decided in ``oauth2_life.py``, who may ask is seen to by ``models/finance_oauth2_token.py``.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

from ..engine.errors import (
    AmbiguousError,
    AuthNeededError,
    FinanceError,
    MalformedError,
    RejectedError,
    TransientError,
)
from ..safe import strict_json
from ..safe.errors import SafetyError
from ..safe.masking import mask_text
from .http import Client
from .http_address import target
from .jws import base64url, sign

#: ways in which a client proves itself
METHODS = ("basic", "post", "jwt", "tls", "none")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: seconds for which an assertion is good
_ASSERTION_SECONDS = 120
#: what may be a token: it goes into a header (RFC 6750, 2.1, and what vendors do beyond it)
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
#: seconds beyond which a lifetime is a mistake
_LONGEST = 10 * 366 * 86400
#: names under which the life of a refresh token is told; no standard has one
_REFRESH_LIFE = ("refresh_expires_in", "refresh_token_expires_in", "x_refresh_token_expires_in")
#: names under which a system of many sites tells at which one it is to be called (SAP Concur, Salesforce)
_PLACES = ("geolocation", "instance_url")
#: parameters that nobody but this module sets
_OURS = frozenset(
    {"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"}
)

# -- what can go wrong ---------------------------------------------------------------------


class GrantRefused(AuthNeededError):
    """The permission is gone (``invalid_grant``): a person has to give it again."""

    default_reason = "oauth_reauthorise"


class ClientRefused(AuthNeededError):
    """We are not known or not allowed (``invalid_client`` and the like): the settings are wrong."""

    default_reason = "oauth_client_refused"


class OutcomeUnclear(TransientError):
    """The request has left and no readable answer came: what it asked for may be used up."""

    default_reason = "oauth_unclear"


# -- what goes out -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are at the other side.

    :param method: one of :data:`METHODS`
    :param secret: for ``basic`` and ``post``
    :param private_key: PEM, for ``jwt``
    :param key_id: by which the other side finds our public key
    :param rsa_algorithm: for ``jwt`` with an RSA key
    :param audience: of the assertion; empty: the token address
    """

    client_id: str
    method: str = "basic"
    secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    key_id: str = ""
    rsa_algorithm: str = "PS256"
    audience: str = ""

    def proof(self, url: str, *, now: float | None = None) -> tuple[dict[str, str], dict[str, str]]:
        """:return: (form fields, headers) by which the token address knows us

        :param url: the token address
        :param now: seconds since 1970
        """
        if self.method == "basic":
            # both parts are form-encoded first (RFC 6749, 2.3.1)
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}".encode()
            return {}, {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
        form = {"client_id": self.client_id}
        if self.method == "post":
            form["client_secret"] = self.secret
        elif self.method == "jwt":
            form["client_assertion_type"] = ASSERTION_TYPE
            form["client_assertion"] = self._assertion(url, time.time() if now is None else now)
        elif self.method not in ("tls", "none"):
            raise ValueError(f"no way to prove a client: {self.method}")
        return form, {}

    def _assertion(self, url: str, now: float) -> str:
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience or url,
            "jti": secrets.token_urlsafe(24),
            "iat": int(now),
            "exp": int(now) + _ASSERTION_SECONDS,
        }
        header = {"kid": self.key_id} if self.key_id else {}
        return sign(claims, self.private_key, rsa_algorithm=self.rsa_algorithm, header=header)


def client_credentials(*, scope: str = "", audience: str = "") -> dict[str, str]:
    """:return: the form of a request for a token of our own"""
    return {"grant_type": "client_credentials", **_told(scope=scope, audience=audience)}


def refresh(refresh_token: str) -> dict[str, str]:
    """:return: the form of a request for the next token; its scope stays what it was"""
    return {"grant_type": "refresh_token", "refresh_token": refresh_token}


def exchange(code: str, *, redirect_uri: str, verifier: str) -> dict[str, str]:
    """:return: the form of a request that makes tokens of an authorisation code"""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }


def new_verifier() -> str:
    """:return: 43 characters of 256 random bits (RFC 7636, 4.1)"""
    return base64url(secrets.token_bytes(32))


def challenge(verifier: str) -> str:
    """:return: what the authorisation page gets to see of the verifier (S256)"""
    return base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def authorisation_url(
    page: str,
    *,
    client_id: str,
    redirect_uri: str,
    state: str,
    verifier: str,
    scope: str = "",
    extra: str = "",
) -> str:
    """Give the address at which a person says yes.

    :param page: the authorisation page of the other side, maybe with a query of its own
    :param extra: what this other side wants besides, as in a query: ``access_type=offline&prompt=consent``
    :raise RejectedError: the address is none
    """
    target(page)
    parts = urlsplit(page)
    given = [
        (name, value) for text in (parts.query, extra) for name, value in parse_qsl(text, True) if name not in _OURS
    ]
    ours = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        **_told(scope=scope),
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode([*given, *ours.items()]), ""))


def _told(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


# -- what comes back -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A good answer.

    :param lifetime: seconds from now, None when it is not told
    :param refresh: empty when there is none, or none that is new
    :param refresh_lifetime: seconds from now, None when it is not told
    :param place: address at which the other side wants to be called from now on; empty when it says nothing
    """

    access: str = field(repr=False)
    lifetime: int | None = None
    refresh: str = field(default="", repr=False)
    refresh_lifetime: int | None = None
    scope: str = ""
    place: str = ""


def ask(client: Client, url: str, identity: Identity, form: Mapping[str, str], *, repeatable: bool) -> Tokens:
    """Make one call to the token address.

    :param repeatable: to ask twice does no harm: nothing in the form is used up by it
    :raise GrantRefused: a person has to give the permission again
    :raise ClientRefused: the settings are wrong
    :raise OutcomeUnclear: no readable answer to what should not be asked twice
    :raise TransientError: nothing was sent, or the other side is in trouble
    """
    proof, headers = identity.proof(url)
    try:
        answer = client.post(
            url, form={**form, **proof}, headers=headers, may_repeat=repeatable, expect={400, 401, 403, 404, 422}
        )
        if answer.status != 200:
            raise refusal(_document(answer.body), answer.status, form["grant_type"])
        return read(answer.json(), form["grant_type"])
    except AmbiguousError as error:
        if error.params.get("http_status"):
            # it says itself that it has failed
            raise TransientError(
                error.detail, reason="http_server_error", params=error.params, endpoint=error.endpoint
            ) from error
        raise OutcomeUnclear(error.detail, params=error.params, endpoint=error.endpoint) from error
    except MalformedError as error:
        # also a page about maintenance comes with a good status
        kind = TransientError if repeatable else OutcomeUnclear
        raise kind(error.detail, reason=error.reason if repeatable else None, params=error.params) from error
    except RejectedError as error:
        raise ClientRefused(error.detail, params=error.params) from error


def read(document: Any, grant: str = "") -> Tokens:
    """Read a good answer (RFC 6749, 5.1), as exact as its users need it and as tolerant as its vendors are.

    :raise GrantRefused: it is a refusal with a good status
    :raise MalformedError: there is no token in it, or none that can be used
    """
    if not isinstance(document, dict):
        raise MalformedError("The answer to the request for a token is no object.", reason="http_unreadable")
    access = document.get("access_token")
    if access is None and document.get("error"):
        raise refusal(document, 200, grant)
    kind = str(document.get("token_type") or "Bearer")
    if not _is_token(access):
        raise MalformedError("The answer to the request for a token has none.", reason="http_unreadable")
    if kind.lower() != "bearer":
        raise MalformedError(
            f"A token of the kind {mask_text(kind)[:40]} cannot be used, only Bearer.", reason="http_unreadable"
        )
    new = document.get("refresh_token")
    scope = document.get("scope")
    return Tokens(
        access=str(access),
        lifetime=_seconds(document.get("expires_in")),
        refresh=str(new) if _is_token(new) else "",
        refresh_lifetime=next(filter(None, (_seconds(document.get(name)) for name in _REFRESH_LIFE)), None),
        scope=(" ".join(map(str, scope)) if isinstance(scope, list) else str(scope or ""))[:1000],
        place=next(filter(None, (_place(document.get(name)) for name in _PLACES)), ""),
    )


def refusal(document: Any, status: int, grant: str) -> FinanceError:
    """Give the error for a refusal (RFC 6749, 5.2)."""
    told = document if isinstance(document, dict) else {}
    code = told.get("error") if isinstance(told.get("error"), str) else ""
    words = " ".join(str(told[name]) for name in ("error", "error_description") if isinstance(told.get(name), str))
    said = "".join(letter if letter.isprintable() else " " for letter in mask_text(words))[:200]
    params = {"http_status": status, "oauth_error": str(code)[:60]}
    detail = f"No token was given ({status}): {said}." if said else f"No token was given ({status})."
    if code in ("temporarily_unavailable", "server_error", "slow_down"):
        return TransientError(detail, reason="http_server_error", params=params)
    if code == "invalid_grant" and grant != "client_credentials":
        return GrantRefused(detail, params=params)
    return ClientRefused(detail, params=params)


def _document(body: bytes) -> Any:
    try:
        return strict_json.loads(body)
    except SafetyError:
        return None


def _place(value: Any) -> str:
    """An address that is one; whether it may be called is decided where it is."""
    try:
        return target(value).origin if isinstance(value, str) and len(value) < 300 else ""
    except RejectedError:
        return ""


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _seconds(value: Any) -> int | None:
    """A lifetime, also where it is written as text or with a fraction; None when it is none."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,12}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value <= _LONGEST:
        return None
    return int(value)


# -- in a call -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A token in the hand of a caller.

    :param stamp: which one it is, without telling what it is
    :param fresh_until: seconds since 1970 until which it is used without asking again; None: until it is refused
    :param place: where the other side wants to be called, see :class:`Tokens`
    """

    access: str = field(repr=False)
    stamp: str
    fresh_until: float | None = None
    place: str = ""


class Renewing:
    """An ``http.Authorization`` whose token is looked after elsewhere.

    :param current: gives the token to use now; with a stamp, one that is not that refused one
    """

    def __init__(self, current: Callable[[str | None], Held]) -> None:
        self._current = current
        self._held: Held | None = None

    def headers(self) -> Mapping[str, str]:
        held = self._held
        if held is None or (held.fresh_until is not None and time.time() >= held.fresh_until):
            held = self._held = self._current(None)
        return {"Authorization": f"Bearer {held.access}"}

    @property
    def place(self) -> str:
        """Where the other side wants to be called, as it said with the token in use; empty: it says nothing."""
        self.headers()
        return self._held.place if self._held else ""

    def renew(self) -> bool:
        """Once for each token: the one that was refused is named, and who comes second finds a newer one."""
        before = self._held
        if before is None:
            return False
        self._held = self._current(before.stamp)
        return self._held.stamp != before.stamp
