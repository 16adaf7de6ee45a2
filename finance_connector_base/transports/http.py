"""The one HTTP client of the suite: every adapter that speaks HTTP uses it and nothing else.

    endpoint = Endpoint(base_url="https://api.bank.example/v2")
    with Client(endpoint, authorization=bearer) as client:
        page = client.get("accounts", query={"page": 2}).json()
        answer = client.post("payments", json=order, idempotency_key=message.correlation_id)

What comes back has a good status; everything else is an error of ``engine/errors.py`` that says
whether the message may be tried again. docs/http.md is the longer story.
"""

from __future__ import annotations

import base64
import http.client
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlencode, urljoin

from ..engine.errors import FinanceError
from ..engine.work import correlation_headers, note_reached, pass_gate, trace_headers
from ..safe import strict_json
from . import http_outcome as outcome
from .http_address import Target, check_address, resolve, target
from .http_endpoint import Answer, Endpoint, Limits
from .http_log import log_answer, log_failure
from .http_tls import Tls
from .http_wire import DeadlineOver, Wire

__all__ = ["Answer", "Authorization", "Basic", "Bearer", "Client", "Endpoint", "Limits", "Tls"]

USER_AGENT = "finance-integration-suite"
#: bytes of a refusal that are read, to tell what it says
_REFUSAL_BYTES = 65536
_PIECE = 65536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Authorization(Protocol):
    """Proves who we are; asked for every call."""

    def headers(self) -> Mapping[str, str]:
        """Give the headers of the next call."""

    def renew(self) -> bool:
        """The other side said 401: get something newer, if there is any, and say whether to try once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A token that does not change."""

    token: str = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def renew(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic:
    """User and password (RFC 7617)."""

    user: str
    password: str = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        pair = f"{self.user}:{self.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}

    def renew(self) -> bool:
        return False


class Client:
    """Calls one endpoint; a connection is kept between calls where that is safe."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        authorization: Authorization | None = None,
        headers: Mapping[str, str] | None = None,
        heartbeat: Callable[[], None] | None = None,
    ) -> None:
        """:param heartbeat: called between the pieces of a long answer, so that a lease does not run out"""
        self.endpoint = endpoint
        self._authorization = authorization
        self._headers = dict(headers or {})
        self._heartbeat = heartbeat or (lambda: None)
        self._wire: Wire | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def get(self, path: str = "", **options: Any) -> Answer:
        """See :meth:`request`."""
        return self.request("GET", path, **options)

    def post(self, path: str = "", **options: Any) -> Answer:
        """See :meth:`request`."""
        return self.request("POST", path, **options)

    def request(
        self,
        method: str,
        path: str = "",
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        may_repeat: bool | None = None,
        accept: str = "application/json",
        expect: Collection[int] = (),
        into: BinaryIO | None = None,
        max_bytes: int | None = None,
    ) -> Answer:
        """Make one call.

        :param path: below the base address, or a whole address of an allowed origin
        :param json: sent as JSON; Decimals as exact numbers
        :param form: sent as form fields
        :param body: sent as it is, with a Content-Type among the headers
        :param idempotency_key: the same for every attempt of the same business step
        :param may_repeat: to send it again does no harm; default by method and key
        :param expect: statuses besides 2xx that are answers and no errors, e.g. ``{404}``
        :param into: the body goes there piece by piece instead of into memory
        :param max_bytes: another limit than the endpoint's
        :raise FinanceError: see ``http_outcome.py``
        """
        method = method.upper()
        if may_repeat is None:
            by_key = bool(idempotency_key) and self.endpoint.honours_idempotency_key
            may_repeat = outcome.repeatable(method) or by_key
        content, kind = _content(json, form, body)
        all_headers = {
            "User-Agent": USER_AGENT,
            "Accept": accept,
            "Accept-Encoding": "gzip",
            **({"Content-Type": kind} if kind else {}),
            **({"Idempotency-Key": f'"{_key(idempotency_key)}"'} if idempotency_key else {}),
            **correlation_headers(),
            **trace_headers(),
            **self._headers,
            **(headers or {}),
        }
        call = _Call(
            method=method,
            to=self.endpoint.target(path, query),
            headers=all_headers,
            content=content,
            may_repeat=may_repeat,
            expect=frozenset(expect),
            into=into,
            max_bytes=max_bytes or self.endpoint.limits.max_bytes,
            deadline=time.monotonic() + self.endpoint.limits.total,
        )
        answer = self._authorized(call)
        for _hop in range(self.endpoint.redirects):
            if answer.status not in _REDIRECTS or method not in ("GET", "HEAD"):
                break
            onward = self.endpoint.target(urljoin(answer.url, answer.headers.get("location", "")))
            answer = self._authorized(replace(call, to=onward))
        return self._judged(call, answer)

    def _authorized(self, call: _Call) -> Answer:
        """Once more after a 401, if there is a newer token: a call that was not let in has not acted."""
        if self._authorization is None or call.to.origin != target(self.endpoint.base_url).origin:
            return self._made(call)
        answer = self._made(call.with_headers(self._authorization.headers()))
        if answer.status == 401 and self._authorization.renew():
            answer = self._made(call.with_headers(self._authorization.headers()))
        return answer

    def _made(self, call: _Call) -> Answer:
        """One request and its answer over one wire, once our own brakes let it pass."""
        endpoint = call.to.authority
        waited = pass_gate(endpoint, call.to.resource)
        call = replace(call, deadline=call.deadline + waited)
        started = time.monotonic()
        wire: Wire | None = None
        try:
            wire = self._connected(call)
            answer = self._exchange(wire, call, started)
        except FinanceError as error:
            self.close()
            log_failure(call.method, call.to, error.reason, time.monotonic() - started)
            raise
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            known = outcome.breakdown(
                error,
                has_sent=wire is not None and wire.has_sent,
                drips=isinstance(error, DeadlineOver) and wire is not None and wire.has_heard,
                may_repeat=call.may_repeat,
                endpoint=endpoint,
            )
            self.close()
            log_failure(call.method, call.to, known.reason, time.monotonic() - started)
            raise known from error
        except BaseException:
            self.close()
            raise
        log_answer(call.method, call.to, answer.status, answer.seconds, len(answer.body))
        if answer.status < 500:
            note_reached(endpoint)
        return answer

    def _connected(self, call: _Call) -> Wire:
        """A wire to the target. An idle one may be closed over there at the moment we write to it: only
        requests that may be repeated take that risk."""
        wire = self._wire
        if wire is not None and wire.to.origin == call.to.origin and call.may_repeat and wire.is_usable():
            return wire
        self.close()
        plain = call.to.scheme != "https"
        networks = self.endpoint.networks
        addresses = resolve(call.to, networks, self.endpoint.resolver, only_allowed=plain)
        self._wire = wire = Wire(
            call.to,
            addresses,
            context=None if plain else self.endpoint.tls.context(),
            connect_timeout=self.endpoint.limits.connect,
            recheck=lambda address: check_address(address, networks, only_allowed=plain),
        )
        wire.open(call.deadline)
        return wire

    def _exchange(self, wire: Wire, call: _Call, started: float) -> Answer:
        wire.begin(call.deadline, self.endpoint.limits.read)
        wire.request(
            call.method, call.to.resource, body=call.content, headers={"Host": call.to.authority, **call.headers}
        )
        certificate = wire.peer_certificate()
        response = wire.getresponse()
        headers = _headers(response)
        is_good = 200 <= response.status < 300 or response.status in call.expect
        pieces: list[bytes] = []
        write = call.into.write if call.into is not None and is_good else pieces.append
        size = 0
        for piece in self._pieces(response, headers):
            size += len(piece)
            if not is_good and size > _REFUSAL_BYTES:
                self.close()  # nobody reads the rest
                break
            if size > call.max_bytes:
                raise outcome.unreadable(
                    f"The answer of {call.to.authority} is larger than {call.max_bytes} bytes.",
                    reason="http_too_large",
                    may_repeat=call.may_repeat,
                    endpoint=call.to.authority,
                )
            write(piece)
        response.close()
        if response.will_close:
            self.close()
        return Answer(
            status=response.status,
            headers=headers,
            body=b"".join(pieces),
            url=call.to.url,
            seconds=time.monotonic() - started,
            may_repeat=call.may_repeat,
            peer_certificate=certificate,
        )

    def _pieces(self, response: http.client.HTTPResponse, headers: Mapping[str, str]) -> Iterator[bytes]:
        """The body in pieces, each unpacked to a bounded size: what is asked for more was not sent."""
        coding = headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise ValueError("unknown content coding")
        unpack = None
        if "gzip" in coding:
            unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
        elif coding == "deflate":
            unpack = zlib.decompressobj()
        while piece := response.read1(_PIECE):
            self._heartbeat()
            while piece:
                if unpack is None:
                    yield piece
                    break
                yield unpack.decompress(piece, _PIECE)
                piece = unpack.unconsumed_tail
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        if unpack is not None and not unpack.eof and response.status != 204:
            raise http.client.IncompleteRead(b"")

    def _judged(self, call: _Call, answer: Answer) -> Answer:
        if answer.status in call.expect:
            return answer
        said = outcome.words(answer.body, answer.headers.get("content-type", ""))
        error = outcome.refusal(
            answer.status,
            answer.headers,
            said,
            may_repeat=call.may_repeat,
            endpoint=target(answer.url).authority,
        )
        if error is not None:
            raise error
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    method: str
    to: Target
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    may_repeat: bool
    expect: frozenset[int]
    into: BinaryIO | None
    max_bytes: int
    deadline: float

    def with_headers(self, more: Mapping[str, str]) -> _Call:
        return replace(self, headers={**self.headers, **more})


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in response.getheaders():
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _content(json: Any, form: Mapping[str, str] | None, body: bytes | None) -> tuple[bytes | None, str]:
    if sum(given is not None for given in (json, form, body)) > 1:
        raise ValueError("give one of json, form and body")
    if json is not None:
        return strict_json.dumps(json), "application/json"
    if form is not None:
        return urlencode(form).encode("ascii"), "application/x-www-form-urlencoded"
    return body, ""


def _key(text: str) -> str:
    """A structured-field string: visible ASCII without what would end it."""
    if not (text.isascii() and text.isprintable()) or '"' in text or "\\" in text or len(text) > 255:
        raise ValueError("an idempotency key is printable ASCII without quotes")
    return text
