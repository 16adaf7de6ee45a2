"""What the stand-ins of REST systems share: routes, books, and the wire in a thread of a test.

with Running(Shopify()) as shop:
    shop.system.orders[1] = ...
    shop.chaos("status", path="/admin", status=503, times=1)
    connect(shop.url)
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Generic, TypeVar

from sandbox.http.messages import Request, Response
from sandbox.http.server import Chaos, Server

#: the clock of all stand-ins begins here and moves a minute with every change
BEGIN = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=5)

Route = Callable[..., Response]


def route(method: str, pattern: str) -> Callable[[Route], Route]:
    """Declare what answers a request; groups of the pattern become arguments."""

    def declared(function: Route) -> Route:
        function.route = (method, re.compile(pattern))  # type: ignore[attr-defined]
        return function

    return declared


def said(body: Any, status: int = 200, **headers: str) -> Response:
    """:return: an answer in JSON; names of headers with underscores"""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = json.dumps(body, default=_number).encode()
    return Response(status, content, {"Content-Type": "application/json; charset=utf-8", **named})


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value))


class RestSystem:
    """A system with books. Heirs declare routes, and say who is let in."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self._minutes = 0

    def now(self) -> datetime:
        """:return: the time of the next change"""
        self._minutes += 1
        return BEGIN + timedelta(minutes=self._minutes)

    def lets_in(self, request: Request) -> Response | None:
        """:return: what somebody is told who is not let in, or None"""
        return None

    def missing(self) -> Response:
        """:return: what is said of an address that does not exist"""
        return said({"error": "not found"}, 404)

    def answer(self, request: Request) -> Response:
        """What the system says when it behaves."""
        self.requests.append((request.method, request.path, dict(request.query)))
        refused = self.lets_in(request)
        if refused is not None:
            return refused
        for cls in type(self).__mro__:
            for function in vars(cls).values():
                method, pattern = getattr(function, "route", (None, None))
                if method == request.method and pattern and (match := pattern.fullmatch(request.path)):
                    answer: Response = function(self, request, *match.groups())
                    return answer
        return self.missing()


S = TypeVar("S", bound=RestSystem)


class Running(Generic[S]):
    """A system on a port of this machine, as long as the block lasts."""

    def __init__(self, system: S) -> None:
        self.system = system
        self._loop = asyncio.new_event_loop()
        self._server = Server(system)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.listen("plain", None), self._loop).result(60)
        self.url = f"http://127.0.0.1:{self._server.ports['plain']}"

    def begin_anew(self, system: S) -> S:
        """Let another system answer at the same place from now on; :return: it"""
        self.calm()
        self.system = self._server.system = system
        return system

    def chaos(self, mode: str, **values: Any) -> None:
        """Misbehave from now on, see ``sandbox.http.server``."""
        self._server.chaos = [Chaos(mode=mode, **values)]

    def calm(self) -> None:
        self._server.chaos = []

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)

    def __enter__(self) -> Running[S]:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def basic(user: str, password: str) -> str:
    """:return: the header that this user has to show"""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
