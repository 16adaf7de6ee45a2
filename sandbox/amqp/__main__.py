"""Run the stand-in: ``python -m sandbox.amqp``. The control port takes:

GET /         what was published: exchange, key, properties and body
PUT /broker   {"faults": [...], "exchanges": [...], "password": ...}; faults concern one message each: ``nack``,
              ``unroutable``, ``silent`` (taken, never confirmed), ``drop_before_confirm``
POST /reset   everything as in the beginning, the port stays
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sandbox.amqp.broker import FAULTS, Broker
from sandbox.control import ControlError, announce_and_wait, serve_control


async def _serve(options: argparse.Namespace) -> None:
    broker = Broker()
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)

    async def handler(method: str, path: str, body: Any) -> Any:
        match method, path:
            case "PUT", "/broker":
                if set(body.get("faults", ())) - set(FAULTS):
                    raise ControlError(f"there are {', '.join(FAULTS)}")
                for name, value in body.items():
                    setattr(broker, name, value)
            case "POST", "/reset":
                for name, value in asdict(Broker()).items():
                    setattr(broker, name, value)
            case "GET", "/":
                pass
            case _:
                raise ControlError(f"no such command: {method} {path}")
        return asdict(broker)

    control, control_port = await serve_control(handler, options.control_port)
    port = server.sockets[0].getsockname()[1]
    ready = {"ready": "amqp", "host": "127.0.0.1", "port": port, "control_port": control_port}
    await announce_and_wait(ready, until_stdin_ends=options.until_stdin_ends)
    control.close()
    server.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.amqp", description="A message broker for publishers.")
    parser.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    asyncio.run(_serve(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
