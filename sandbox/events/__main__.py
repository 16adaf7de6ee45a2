"""Run the stand-in: ``python -m sandbox.events``.

One process is any number of receivers: ``/<name>`` is the address of one. The control port takes:

    GET /             what each receiver has: events in the order of their arrival, and what was refused
    PUT /receivers    {name: {"secrets": [...]}}: what its deliveries are signed with; any of them is good
    PUT /chaos        a list of misbehaviours, see sandbox.http.server.Chaos; DELETE /chaos
    GET /calls        time, path and status of each request that was answered
    POST /refuse      nobody listens any more; POST /accept
    POST /reset       everything as in the beginning, the port stays
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from typing import Any

from sandbox.control import ControlError, announce_and_wait, serve_control
from sandbox.events.receiver import Receivers
from sandbox.http.server import Server, steer


async def _command(server: Server[Receivers], method: str, path: str, body: Any) -> Any:
    if await steer(server, method, path, body):
        return server.system.state()
    match method, path:
        case "PUT", "/receivers":
            server.system.configure(body)
        case "GET", "/calls":
            return server.calls
        case "POST", "/reset":
            server.system, server.chaos, server.calls = Receivers(), [], []
            await server.accept()
        case "GET", "/":
            pass
        case _:
            raise ControlError(f"no such command: {method} {path}")
    return server.system.state()


async def _serve(options: argparse.Namespace) -> None:
    server = Server(Receivers())
    await server.listen("plain", None)

    async def handler(method: str, path: str, body: Any) -> Any:
        return await _command(server, method, path, body)

    control, control_port = await serve_control(handler, options.control_port)
    ready = {"ready": "events", "host": server.host, "port": server.ports["plain"], "control_port": control_port}
    await announce_and_wait(ready, until_stdin_ends=options.until_stdin_ends)
    control.close()
    server.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.events", description="Receivers of events.")
    parser.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    asyncio.run(_serve(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
