"""Run the stand-in: ``python -m sandbox.http``.

The ready line gives a port for plain HTTP, one for each kind of TLS, the authority's certificate and a client
certificate. The control port takes:

    GET /            what was asked for, and what came of it
    GET /calls       time, path, status and correlation id of each request that was answered
    PUT /system      set fields of System or AuthorisationServer, e.g. {"needs_token": true, "items": [1, 2]}
    POST /grant      a pair of tokens as after a login
    POST /expire     all access tokens are over; POST /revoke: refresh tokens too
    PUT /chaos       a list of misbehaviours, see sandbox.http.server.Chaos; DELETE /chaos
    POST /refuse     nobody listens any more; POST /accept
    POST /reset      everything as in the beginning, ports stay
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.control import ControlError, announce_and_wait, serve_control
from sandbox.http.certificates import KINDS, Shop
from sandbox.http.server import Chaos, Server
from sandbox.http.system import System


async def _command(server: Server[System], method: str, path: str, body: Any) -> Any:
    command = (method, path)
    if command == ("PUT", "/system"):
        server.system.configure(body)
    elif command == ("POST", "/grant"):
        return server.system.oauth.grant()
    elif command == ("POST", "/expire"):
        server.system.oauth.expire_tokens()
    elif command == ("POST", "/revoke"):
        server.system.oauth.revoke()
    elif command == ("PUT", "/chaos"):
        server.chaos = [Chaos(**values) for values in body]
    elif command == ("DELETE", "/chaos"):
        server.chaos = []
    elif command == ("POST", "/refuse"):
        server.refuse()
    elif command == ("POST", "/accept"):
        await server.accept()
    elif command == ("GET", "/calls"):
        return server.calls
    elif command == ("POST", "/reset"):
        server.system, server.chaos, server.calls = System(), [], []
        await server.accept()
    elif command != ("GET", "/"):
        raise ControlError(f"no such command: {method} {path}")
    return server.system.state()


async def _serve(options: argparse.Namespace) -> None:
    server = Server(System())
    shop = Shop()
    with tempfile.TemporaryDirectory() as folder:
        await server.listen("plain", None)
        for kind in KINDS:
            await server.listen(kind, shop.context(kind, Path(folder)))

    async def handler(method: str, path: str, body: Any) -> Any:
        return await _command(server, method, path, body)

    control, control_port = await serve_control(handler, options.control_port)
    ready = {
        "ready": "http",
        "host": server.host,
        "ports": server.ports,
        "control_port": control_port,
        "authority": shop.authority.certificate_pem,
        "client_certificate": shop.client.certificate_pem,
        "client_key": shop.client.key_pem,
    }
    await announce_and_wait(ready, until_stdin_ends=options.until_stdin_ends)
    control.close()
    server.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.http", description="A REST system that misbehaves.")
    parser.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    asyncio.run(_serve(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
