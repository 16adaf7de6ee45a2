"""What every stand-in that speaks HTTP does as a process: listen, take commands, tell that it is ready.

The ready line gives host, ``port`` and ``url`` of plain HTTP, ``ports`` by kind of TLS, and certificates where
there are kinds. Every control port takes, besides what is particular to the system:

    GET /        the state of the system
    GET /calls   time, path, status and correlation id of each request that was answered
    PUT /chaos   a list of misbehaviours, see sandbox.http.server.Chaos; DELETE /chaos
    POST /refuse nobody listens any more; POST /accept
    POST /reset  everything as in the beginning, ports stay
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sandbox.control import ControlError, announce_and_wait, serve_control
from sandbox.http.certificates import Shop
from sandbox.http.messages import Request, Response
from sandbox.http.server import Server, steer


class System(Protocol):
    """What stands behind the wire."""

    def answer(self, request: Request) -> Response:
        """What it says when it behaves."""

    def state(self) -> dict[str, Any]:
        """What there is, and what was asked for."""


S = TypeVar("S", bound=System)
#: Takes system, method, path and JSON body; returns what is told, None: the state. Raises what :func:`unknown` gives.
Command = Callable[[S, str, str, Any], Any]


def unknown(method: str, path: str) -> ControlError:
    """The error of a command that there is not."""
    return ControlError(f"no such command: {method} {path}")


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """The command line of a stand-in."""
    made = argparse.ArgumentParser(prog=f"python -m sandbox.{name}", description=description)
    made.add_argument("--port", type=int, default=0, help="port for plain HTTP, 0 takes a free one")
    made.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    made.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    return made


def run(
    name: str,
    options: argparse.Namespace,
    make: Callable[[], S],
    command: Command[S],
    *,
    kinds: Sequence[str] = (),
    **facts: Any,
) -> int:
    """Serve until the end of the process.

    :param make: gives the system as it is in the beginning
    :param kinds: kinds of TLS to listen with, see ``sandbox.http.certificates``
    :param facts: what else the ready line tells
    """
    asyncio.run(_serve(name, options, make, command, kinds, facts))
    return 0


async def _serve(
    name: str,
    options: argparse.Namespace,
    make: Callable[[], S],
    command: Command[S],
    kinds: Sequence[str],
    facts: dict[str, Any],
) -> None:
    server = Server(make())
    await server.listen("plain", None, options.port)
    certificates = await _listen_with_tls(server, kinds) if kinds else {}

    async def handler(method: str, path: str, body: Any) -> Any:
        if (method, path) == ("POST", "/reset"):
            server.system, server.chaos, server.calls = make(), [], []
            await server.accept()
        elif (method, path) == ("GET", "/calls"):
            return server.calls
        elif (method, path) != ("GET", "/") and not await steer(server, method, path, body):
            told = command(server.system, method, path, body)
            if told is not None:
                return told
        return server.system.state()

    control, control_port = await serve_control(handler, options.control_port)
    port = server.ports["plain"]
    ready = {
        "ready": name,
        "host": server.host,
        "port": port,
        "url": f"http://{server.host}:{port}",
        "ports": server.ports,
        "control_port": control_port,
        **certificates,
        **facts,
    }
    await announce_and_wait(ready, until_stdin_ends=options.until_stdin_ends)
    control.close()
    server.stop()


async def _listen_with_tls(server: Server[S], kinds: Sequence[str]) -> dict[str, str]:
    """Listen with each kind; returns the certificates that a client needs."""
    shop = Shop()
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            await server.listen(kind, shop.context(kind, Path(folder)))
    return {
        "authority": shop.authority.certificate_pem,
        "client_certificate": shop.client.certificate_pem,
        "client_key": shop.client.key_pem,
    }
