"""The wire side of the stand-in, and what can go wrong on it."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

from sandbox.control import ControlError, hold_port
from sandbox.http.messages import Request, Response

MODES = {
    "reset": "the connection is reset before the request has an effect",
    "reset_after_effect": "the request is carried out, and its answer never comes",
    "black_hole": "nothing is answered, the connection stays open",
    "late_effect": "the same, but the request is carried out",
    "drip": "one byte of the body every (seconds), without end",
    "drip_headers": "one byte of the headers every (seconds), without end",
    "huge": "a body without end",
    "bomb": "a small body that unpacks to (bytes)",
    "short": "a body that ends before its announced length",
    "status": "this (status) with these (headers) and this (body)",
    "slow": "the right answer, after (seconds)",
    "html": "a login page with status 200",
    "nonsense": "JSON that is cut off, with status 200",
}


@dataclass(slots=True, kw_only=True)
class Chaos:
    mode: str
    #: beginning of the paths concerned
    path: str = "/"
    #: so many requests; without, until further notice
    times: int | None = None
    seconds: float = 0.1
    bytes: int = 200_000_000
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ControlError(f"no such mode: {self.mode}; there are {', '.join(MODES)}")


class Answers(Protocol):
    """The system behind the wire."""

    def answer(self, request: Request) -> Response:
        """What it says when it behaves."""


S = TypeVar("S", bound=Answers)


class _Gone(Exception):
    """The connection has been dealt with."""


class Server(Generic[S]):
    """Listens plainly and with TLS in all its kinds, for one system."""

    def __init__(self, system: S, host: str = "127.0.0.1") -> None:
        self.system = system
        self.host = host
        self.chaos: list[Chaos] = []
        #: when each request was answered, its path, the status, and who asked (X-Correlation-ID)
        self.calls: list[tuple[float, str, int, str]] = []
        self.ports: dict[str, int] = {}
        self._contexts: dict[str, ssl.SSLContext | None] = {}
        self._servers: dict[str, asyncio.Server] = {}
        self._holders: dict[str, socket.socket] = {}

    async def listen(self, kind: str, context: ssl.SSLContext | None, port: int = 0) -> None:
        self._contexts[kind] = context
        server = await asyncio.start_server(self._connected, self.host, port, ssl=context)
        self._servers[kind] = server
        self.ports[kind] = server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Nobody listens any more; the ports stay ours."""
        for kind, server in self._servers.items():
            server.close()
            self._holders[kind] = hold_port(self.host, self.ports[kind])
        self._servers.clear()

    async def accept(self) -> None:
        for kind, holder in self._holders.items():
            holder.close()
            await self.listen(kind, self._contexts[kind], self.ports[kind])
        self._holders.clear()

    def stop(self) -> None:
        for server in self._servers.values():
            server.close()

    def _chaos_for(self, path: str) -> Chaos | None:
        for chaos in self.chaos:
            if path.startswith(chaos.path) and chaos.times != 0:
                if chaos.times:
                    chaos.times -= 1
                return chaos
        return None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            shown = writer.get_extra_info("peercert")
            while request := await _read(reader):
                request.has_certificate = bool(shown)
                chaos = self._chaos_for(request.path)
                response = await self._spoiled(chaos, request, writer) if chaos else self.system.answer(request)
                self.calls.append(
                    (time.time(), request.path, response.status, request.headers.get("x-correlation-id", ""))
                )
                _write(writer, response)
                await writer.drain()
        except (_Gone, OSError, EOFError, ValueError):
            pass  # whoever asked has gone, or was sent away
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()

    async def _spoiled(self, chaos: Chaos, request: Request, writer: asyncio.StreamWriter) -> Response:
        mode = chaos.mode
        if mode in ("reset_after_effect", "late_effect"):
            self.system.answer(request)
        if mode == "slow":
            await asyncio.sleep(chaos.seconds)
            return self.system.answer(request)
        if mode in ("reset", "reset_after_effect"):
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            raise _Gone
        if mode in ("black_hole", "late_effect"):
            await asyncio.sleep(3600)
        if mode in ("drip", "drip_headers", "huge"):
            await self._endless(chaos, writer)
        if mode == "bomb":
            packed = gzip.compress(bytes(chaos.bytes), 9)
            return Response(200, packed, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        if mode == "short":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{}")
            await writer.drain()
            raise _Gone
        if mode == "html":
            return Response(200, b"<html><body>Please log in</body></html>", {"Content-Type": "text/html"})
        if mode == "nonsense":
            return Response(200, b'{"items": [', {"Content-Type": "application/json"})
        headers = dict(chaos.headers)
        if headers.get("Retry-After", "").startswith("+"):
            # a date so many seconds away
            seconds = float(headers["Retry-After"][1:])
            headers["Retry-After"] = formatdate(time.time() + seconds, usegmt=True)
        return Response(chaos.status, chaos.body.encode(), headers)

    async def _endless(self, chaos: Chaos, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        if chaos.mode == "drip_headers":
            writer.write(b"X-Slow: ")
        else:
            writer.write(b"Content-Length: 5000000000\r\n\r\n")
        piece = b" " * 65536 if chaos.mode == "huge" else b" "
        while not writer.transport.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0 if chaos.mode == "huge" else chaos.seconds)
        raise _Gone


async def steer(server: Server[S], method: str, path: str, body: Any) -> bool:
    """Carry out a command of the control port that is about the wire; say whether it was one."""
    match method, path:
        case "PUT", "/chaos":
            server.chaos = [Chaos(**values) for values in body]
        case "DELETE", "/chaos":
            server.chaos = []
        case "POST", "/refuse":
            server.refuse()
        case "POST", "/accept":
            await server.accept()
        case _:
            return False
    return True


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, address, _version = head[0].split(" ", 2)
    headers = {}
    for line in head[1:]:
        name, found, value = line.partition(":")
        if found:
            headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(address)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def _write(writer: asyncio.StreamWriter, response: Response) -> None:
    phrase = HTTPStatus(response.status).phrase
    headers = {"Date": formatdate(usegmt=True), **response.headers, "Content-Length": str(len(response.body))}
    lines = [f"HTTP/1.1 {response.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + response.body)
