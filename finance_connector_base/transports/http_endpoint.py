"""Where calls may go and how, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from ..engine.errors import RejectedError
from ..safe import strict_json
from ..safe.errors import SafetyError
from . import http_outcome as outcome
from .http_address import Network, Resolver, Target, check_listed, system_resolver, target
from .http_tls import Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a call may take and how much it may bring.

    :param connect: seconds to connect and shake hands
    :param read: seconds without a byte
    :param total: seconds for the whole call, whatever trickles in
    :param max_bytes: of an answer, unpacked
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    max_bytes: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where calls may go, and how.

    :param base_url: relative paths belong below it
    :param more_origins: other origins that may be called, e.g. ``https://login.bank.example``
    :param networks: networks that are not public and may be reached nevertheless
    :param hosts: hosts that may be reached at all, see ``http_address.is_listed``; None: any
    :param allow_plain: http without TLS, to these networks only (a sandbox on this machine)
    :param redirects: how many redirects of a GET are followed, each checked like the first address
    :param honours_idempotency_key: a request with the same Idempotency-Key is safe to repeat here, by contract
    """

    base_url: str
    more_origins: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] | None = None
    allow_plain: bool = False
    tls: Tls = field(default_factory=Tls)
    limits: Limits = field(default_factory=Limits)
    redirects: int = 0
    honours_idempotency_key: bool = False
    resolver: Resolver = system_resolver

    def target(self, path: str, query: Mapping[str, Any] | None = None) -> Target:
        """:raise RejectedError: when the address is not one this endpoint may call"""
        url = path
        if "://" not in path:
            path_part = path.partition("?")[0]
            if any(part in ("..", ".") for part in path_part.split("/")):
                raise RejectedError("The path climbs out of the endpoint.", reason="http_address_refused")
            url = f"{self.base_url.rstrip('/')}/{path.lstrip('/')}" if path else self.base_url
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query, doseq=True)
        to = target(url)
        self._check(to)
        return to

    def _check(self, to: Target) -> None:
        origins = {target(url).origin for url in (self.base_url, *self.more_origins)}
        if to.origin not in origins:
            raise RejectedError(
                f"{to.origin} is not among the addresses this connection may call.", reason="http_address_refused"
            )
        check_listed(to.host, self.hosts)
        if to.scheme != "https" and not self.allow_plain:
            raise RejectedError("Only https addresses are called.", reason="http_address_refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete answer.

    :param headers: lower-case names; several of one name joined by a comma
    :param body: empty when it was written into a file of the caller
    :param may_repeat: the request may be sent again without harm
    :param peer_certificate: of the server, DER
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    seconds: float
    may_repeat: bool
    peer_certificate: bytes | None = field(default=None, repr=False)

    def json(self) -> Any:
        """Read the body, numbers with a fraction as ``Decimal``.

        :raise MalformedError: it is not (good) JSON, e.g. a login page
        :raise AmbiguousError: the same, after a request that must not be repeated
        """
        endpoint = target(self.url).authority
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not (kind.endswith(("/json", "+json")) or not kind):
            raise outcome.unreadable(
                f"{endpoint} answered with {kind[:60]} instead of JSON.",
                reason="http_unreadable",
                may_repeat=self.may_repeat,
                endpoint=endpoint,
            )
        try:
            return strict_json.loads(self.body)
        except SafetyError as error:
            raise outcome.unreadable(
                f"{endpoint}: {error}.", reason="http_unreadable", may_repeat=self.may_repeat, endpoint=endpoint
            ) from error
