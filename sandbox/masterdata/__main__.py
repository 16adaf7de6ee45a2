"""Run the stand-in: ``python -m sandbox.masterdata``.

The ready line gives its address. The control port takes:

    GET /             what there is, what was asked for, how many requests had an effect
    PUT /records      somebody changes records there: {domain: {id: {field: value}}}
    DELETE /records   records vanish without a trace: {domain: [id]}
    PUT /settings     fields of sandbox.masterdata.system.MasterSystem, e.g. {"shuffled": true, "unable": {"V1": 2}}
    PUT /chaos        a list of misbehaviours, see sandbox.http.server.Chaos; DELETE /chaos
    POST /refuse      nobody listens any more; POST /accept
    POST /reset       everything as in the beginning, the port stays
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.control import ControlError, announce_and_wait, serve_control
from sandbox.http.server import Chaos, Server
from sandbox.masterdata.system import MasterSystem


class Tenant:
    """The system and what stands in front of it."""

    def __init__(self) -> None:
        self.system = MasterSystem()
        self.server = Server(self.system)

    async def command(self, method: str, path: str, body: Any) -> Any:
        match method, path:
            case "PUT", "/records":
                self.system.change(body)
            case "DELETE", "/records":
                self.system.forget(body)
            case "PUT", "/settings":
                self.system.configure(body)
            case "PUT", "/chaos":
                self.server.chaos = [Chaos(**values) for values in body]
            case "DELETE", "/chaos":
                self.server.chaos = []
            case "POST", "/refuse":
                self.server.refuse()
            case "POST", "/accept":
                await self.server.accept()
            case "POST", "/reset":
                self.server.system = self.system = MasterSystem()
                self.server.chaos = []
                await self.server.accept()
            case "GET", "/":
                pass
            case _:
                raise ControlError(f"no such command: {method} {path}")
        return self.system.state()


async def _serve(options: argparse.Namespace) -> None:
    tenant = Tenant()
    if options.records:
        tenant.system.change(json.loads(options.records.read_text()))
    await tenant.server.listen("plain", None, options.port)
    control, control_port = await serve_control(tenant.command, options.control_port)
    port = tenant.server.ports["plain"]
    ready = {
        "ready": "masterdata",
        "host": tenant.server.host,
        "port": port,
        "url": f"http://{tenant.server.host}:{port}",
        "control_port": control_port,
    }
    await announce_and_wait(ready, until_stdin_ends=options.until_stdin_ends)
    control.close()
    tenant.server.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.masterdata", description="A system of record.")
    parser.add_argument("--port", type=int, default=0, help="port for requests, 0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    parser.add_argument("--records", type=Path, help="JSON file: {domain: {id: {field: value}}}")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    asyncio.run(_serve(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
