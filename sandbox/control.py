"""What every stand-in that runs as a process has: a ready line, a control port, an orderly end.

The control port speaks HTTP with JSON on 127.0.0.1, one request per connection. It is not part of what is stood in for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

#: Takes method, path and JSON body; returns what is answered as JSON.
Handler = Callable[[str, str, Any], Awaitable[Any]]

_LIMIT = 16 * 1024 * 1024


class ControlError(Exception):
    """The command is wrong; the message goes back with status 400."""


async def serve_control(handler: Handler, port: int = 0) -> tuple[asyncio.Server, int]:
    """Listen for commands; returns the server and its port."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            status, answer = await _answer(reader, handler)
            data = json.dumps(answer).encode() + b"\n"
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data)
            await writer.drain()
        except (OSError, EOFError):
            pass  # whoever asked has gone
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port, limit=_LIMIT)
    return server, server.sockets[0].getsockname()[1]


async def _answer(reader: asyncio.StreamReader, handler: Handler) -> tuple[HTTPStatus, Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
    method, path, _ = head[0].split(" ", 2)
    try:
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        return HTTPStatus.OK, await handler(method, path, json.loads(body) if body else None)
    except (ControlError, ValueError, TypeError, KeyError) as error:
        return HTTPStatus.BAD_REQUEST, {"error": f"{type(error).__name__}: {error}"}


def hold_port(host: str, port: int) -> socket.socket:
    """Keep a port without listening on it: connections are refused, and nobody else can take it."""
    holder = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((host, port))
    return holder


async def announce_and_wait(ready: dict[str, Any], *, until_stdin_ends: bool = False) -> None:
    """Print the ready line and wait for SIGTERM, SIGINT or the end of standard input.

    Watching standard input ends a stand-in with the process that started it, however that one died.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    if until_stdin_ends:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    print(json.dumps(ready), flush=True)
    await stop.wait()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while sys.stdin.buffer.readline():
        pass
    with contextlib.suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(stop.set)
