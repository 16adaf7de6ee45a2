"""A TCP proxy that breaks connections on command (harness P of the fault model).

    python -m sandbox.faultproxy --listen 0 --target 127.0.0.1:5432

It stands in front of PostgreSQL, SFTP, HTTP or anything else, and knows nothing of what passes. A target that listens
on a Unix socket only (``/path/.s.PGSQL.5432``) becomes reachable over TCP. Its control port takes ``PUT /fault`` with
the fields of :class:`Fault`, ``DELETE /fault``, ``POST /cut`` and ``GET /``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.control import ControlError, announce_and_wait, hold_port, serve_control

MODES = {
    "pass": "nothing is wrong",
    "refuse": "nobody listens on the port",
    "reset": "the connection is accepted and reset before a byte passes",
    "reset_after_request": "the request reaches the target, its answer never comes: reset instead",
    "black_hole": "the connection stays open and nothing passes any more, either way",
    "drip": "bytes pass slowly (rate, bytes a second)",
    "delay": "every piece waits (seconds)",
    "truncate": "the connection ends properly after so many bytes (bytes)",
    "reset_after_bytes": "the connection is reset after so many bytes (bytes)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What the proxy does to connections."""

    mode: str = "pass"
    #: for drip: bytes a second
    rate: int = 100
    #: for delay: how long each piece waits
    seconds: float = 1.0
    #: for truncate and reset_after_bytes: how many pass before
    bytes: int = 0
    #: what is slowed or counted: ``down`` to the client, ``up`` to the target, ``both``
    direction: str = "down"
    #: this many new connections only; without, new and open ones until further notice
    times: int | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ControlError(f"no such mode: {self.mode}; there are {', '.join(MODES)}")
        if self.direction not in ("down", "up", "both"):
            raise ControlError(f"direction is down, up or both, not {self.direction}")

    def concerns(self, direction: str) -> bool:
        """True when this way is slowed or counted."""
        return self.direction in (direction, "both")


class _Stop(Exception):
    """The connection was ended by its fault."""


@dataclass(slots=True, eq=False)
class _Connection:
    fault: Fault
    client: asyncio.StreamWriter
    target: asyncio.StreamWriter | None = None
    passed: dict[str, int] = field(default_factory=lambda: {"up": 0, "down": 0})

    def assign(self, fault: Fault) -> None:
        self.fault = fault
        self.passed = {"up": 0, "down": 0}

    def reset(self) -> None:
        """Send RST to both sides."""
        for writer in (self.client, self.target):
            if writer is not None:
                sock = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()

    def close(self) -> None:
        for writer in (self.client, self.target):
            if writer is not None:
                writer.close()


class FaultProxy:
    """The proxy, for use inside an event loop. The target is ``host:port`` or the path of a Unix socket."""

    def __init__(self, target: str, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.target, self.host, self.port = target, host, port
        self.fault = Fault()
        self.accepted = 0
        self.bytes = {"up": 0, "down": 0}
        self._left: int | None = None
        self._changed = asyncio.Condition()
        self._open: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._holder: socket.socket | None = None

    async def start(self) -> None:
        """Listen; a port of 0 becomes a free one and stays the same afterwards."""
        if self._holder is not None:
            self._holder.close()
            self._holder = None
        self._server = await asyncio.start_server(self._connected, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and end all connections."""
        self._silence()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._holder is not None:
            self._holder.close()

    def _silence(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._holder = hold_port(self.host, self.port)

    async def set_fault(self, fault: Fault) -> None:
        """From now on this is wrong. Open connections are concerned too, unless ``times`` is given."""
        self.fault, self._left = fault, fault.times
        if fault.mode == "refuse":
            self._silence()
        elif self._server is None:
            await self.start()
        if fault.times is None:
            for connection in self._open:
                connection.assign(fault)
        async with self._changed:
            self._changed.notify_all()

    def cut(self) -> int:
        """Reset all open connections; returns how many there were."""
        connections = list(self._open)
        for connection in connections:
            connection.reset()
        return len(connections)

    def state(self) -> dict[str, Any]:
        """Counters and the present fault."""
        return {
            "fault": asdict(self.fault),
            "times_left": self._left,
            "accepted": self.accepted,
            "open": len(self._open),
            "bytes": dict(self.bytes),
        }

    def _next_fault(self) -> Fault:
        if self._left is None:
            return self.fault
        if self._left == 0:
            return Fault()
        self._left -= 1
        return self.fault

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        connection = _Connection(fault=self._next_fault(), client=writer)
        self._open.add(connection)
        try:
            await self._relay(connection, reader)
        except _Stop:
            pass  # what the fault wanted
        except (OSError, asyncio.CancelledError):
            connection.reset()  # one side broke off, or we end: the other side sees it
        finally:
            connection.close()
            self._open.discard(connection)
            self._tasks.discard(task)

    async def _relay(self, connection: _Connection, reader: asyncio.StreamReader) -> None:
        if connection.fault.mode == "reset":
            connection.reset()
            return
        await self._hole(connection)
        try:
            target_reader, connection.target = await self._dial()
        except OSError:
            connection.reset()
            return
        ways = [
            asyncio.ensure_future(self._pump(connection, "up", reader, connection.target)),
            asyncio.ensure_future(self._pump(connection, "down", target_reader, connection.client)),
        ]
        try:
            await asyncio.gather(*ways)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.target.startswith("/"):
            return await asyncio.open_unix_connection(self.target)
        host, _, port = self.target.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))

    async def _pump(
        self, connection: _Connection, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while piece := await reader.read(65536):
            await self._hole(connection)
            fault = connection.fault
            if fault.mode == "reset_after_request" and direction == "down":
                connection.reset()
                raise _Stop
            if fault.concerns(direction):
                piece = await self._spoil(connection, fault, direction, piece, writer)
            writer.write(piece)
            await writer.drain()
            self._count(connection, direction, len(piece))
        await self._hole(connection)
        if writer.can_write_eof():
            writer.write_eof()

    async def _spoil(
        self, connection: _Connection, fault: Fault, direction: str, piece: bytes, writer: asyncio.StreamWriter
    ) -> bytes:
        """Treat a piece of the stream; returns what is still to be written of it."""
        if fault.mode == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.mode == "drip":
            step = max(1, fault.rate // 10)
            for start in range(0, len(piece), step):
                if connection.fault is not fault:
                    return piece[start:]
                writer.write(piece[start : start + step])
                await writer.drain()
                self._count(connection, direction, len(piece[start : start + step]))
                await asyncio.sleep(step / max(1, fault.rate))
            return b""
        elif fault.mode in ("truncate", "reset_after_bytes"):
            left = fault.bytes - connection.passed[direction]
            if len(piece) >= left:
                writer.write(piece[:left])
                await writer.drain()
                self._count(connection, direction, left)
                if fault.mode == "reset_after_bytes":
                    # RST throws away what the kernel has not sent yet: give it a moment
                    await asyncio.sleep(0.05)
                    connection.reset()
                raise _Stop
        return piece

    def _count(self, connection: _Connection, direction: str, count: int) -> None:
        connection.passed[direction] += count
        self.bytes[direction] += count

    async def _hole(self, connection: _Connection) -> None:
        """Wait as long as nothing passes."""
        async with self._changed:
            await self._changed.wait_for(lambda: connection.fault.mode != "black_hole")


async def _command(proxy: FaultProxy, method: str, path: str, body: Any) -> Any:
    if (method, path) == ("PUT", "/fault"):
        await proxy.set_fault(Fault(**(body or {})))
    elif (method, path) == ("DELETE", "/fault"):
        await proxy.set_fault(Fault())
    elif (method, path) == ("POST", "/cut"):
        return {"cut": proxy.cut()}
    elif (method, path) != ("GET", "/"):
        raise ControlError(f"no such command: {method} {path}")
    return proxy.state()


async def _serve(options: argparse.Namespace) -> None:
    proxy = FaultProxy(options.target, port=options.listen)
    await proxy.start()

    async def handler(method: str, path: str, body: Any) -> Any:
        return await _command(proxy, method, path, body)

    control, control_port = await serve_control(handler, options.control_port)
    ready = {"ready": "faultproxy", "host": proxy.host, "port": proxy.port, "control_port": control_port}
    await announce_and_wait({**ready, "target": options.target}, until_stdin_ends=options.until_stdin_ends)
    control.close()
    await proxy.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.faultproxy", description="A TCP proxy that misbehaves.")
    parser.add_argument("--listen", type=int, default=0, metavar="PORT", help="port to listen on, 0 takes a free one")
    parser.add_argument("--target", required=True, metavar="TARGET", help="HOST:PORT or the path of a Unix socket")
    parser.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    asyncio.run(_serve(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
