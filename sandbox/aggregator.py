"""What the stand-ins of services in front of banks have in common: the books of a bank, and their process."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sandbox.berlingroup.system import Bank
from sandbox.control import announce_and_wait, serve_control
from sandbox.http.certificates import Shop
from sandbox.http.messages import Request, Response
from sandbox.http.server import Server, steer


class Aggregator(Protocol):
    """A service in front of a bank."""

    bank: Bank

    def answer(self, request: Request) -> Response:
        """What it says when it behaves."""

    def configure(self, values: dict[str, Any]) -> None:
        """Set fields of the service or of its bank."""

    def state(self) -> dict[str, Any]:
        """What there is, and what was asked for."""


A = TypeVar("A", bound=Aggregator)


def _books(bank: Bank, method: str, path: str, body: Any) -> dict[str, Any] | None:
    """Commands about the bank's books; None: it was none."""
    match method, path:
        case "POST", "/account":
            bank.open_account(**body)
        case "POST", "/book":
            return {"reference": bank.book(**body)}
        case "POST", "/announce":
            return {"id": bank.announce(**body)}
        case "POST", "/settle":
            bank.settle(**body)
        case _:
            return None
    return {}


def run(
    name: str,
    description: str,
    prefix: str,
    make: Callable[[], A],
    command: Callable[[A, str, str, Any], Any],
    arguments: Sequence[str] | None = None,
) -> int:
    """Serve until the end of the process; ``command`` takes what is particular to the service."""

    async def handler(server: Server[A], method: str, path: str, body: Any) -> Any:
        if (method, path) == ("POST", "/reset"):
            server.system, server.chaos, server.calls = make(), [], []
            await server.accept()
        elif (method, path) == ("PUT", "/settings"):
            server.system.configure(body)
        elif (method, path) != ("GET", "/") and not await steer(server, method, path, body):
            told = _books(server.system.bank, method, path, body)
            return told if told is not None else command(server.system, method, path, body) or {}
        return server.system.state()

    async def serve(options: argparse.Namespace) -> None:
        server = Server(make())
        shop = Shop()
        with tempfile.TemporaryDirectory() as folder:
            await server.listen("plain", None, options.port)
            await server.listen("mutual", shop.context("mutual", Path(folder)))

        control, control_port = await serve_control(lambda *told: handler(server, *told), options.control_port)
        ready = {
            "ready": name,
            "host": server.host,
            "ports": server.ports,
            "prefix": prefix,
            "control_port": control_port,
            "authority": shop.authority.certificate_pem,
            "client_certificate": shop.client.certificate_pem,
            "client_key": shop.client.key_pem,
        }
        await announce_and_wait(ready, until_stdin_ends=options.until_stdin_ends)
        control.close()
        server.stop()

    parser = argparse.ArgumentParser(prog=f"python -m sandbox.{name}", description=description)
    parser.add_argument("--port", type=int, default=0, help="port for plain HTTP, 0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    asyncio.run(serve(parser.parse_args(arguments)))
    return 0
