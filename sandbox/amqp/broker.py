"""One connection of a publisher, from its greeting to its end, and what the broker keeps."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sandbox.amqp.wire import HEADER, METHOD, Parts, frame, long, method, read_frame, read_header, short

#: class and method numbers that are answered
START, START_OK, TUNE, TUNE_OK = (10, 10), (10, 11), (10, 30), (10, 31)
OPEN, OPEN_OK, CLOSE, CLOSE_OK = (10, 40), (10, 41), (10, 50), (10, 51)
CHANNEL_OPEN, CHANNEL_OPEN_OK, CHANNEL_CLOSE, CHANNEL_CLOSE_OK = (20, 10), (20, 11), (20, 40), (20, 41)
DECLARE, DECLARE_OK, SELECT, SELECT_OK = (40, 10), (40, 11), (85, 10), (85, 11)
PUBLISH, RETURN, ACK, NACK = (60, 40), (60, 50), (60, 80), (60, 120)
FAULTS = ("nack", "unroutable", "silent", "drop_before_confirm")


@dataclass(slots=True)
class Broker:
    """What there is.

    :param faults: what goes wrong with the next messages, each once
    :param kept: messages that were taken
    """

    user: str = "finance"
    password: str = "secret"
    vhost: str = "/"
    exchanges: list[str] = field(default_factory=lambda: ["events"])
    faults: list[str] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Session(self, reader, writer).run()
        except (OSError, EOFError, ValueError, struct.error):
            pass  # whoever asked has gone, or speaks something else
        finally:
            with suppress(OSError, RuntimeError):
                writer.close()


class _Session:
    def __init__(self, broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.broker, self.reader, self.writer = broker, reader, writer
        self.confirmed = 0

    async def run(self) -> None:
        if await self.reader.readexactly(8) != b"AMQP\x00\x00\x09\x01":
            self.writer.write(b"AMQP\x00\x00\x09\x01")
            return
        capabilities = short("capabilities") + b"F" + long(short("publisher_confirms") + b"t\x01")
        self.writer.write(method(0, START, b"\x00\x09" + long(capabilities) + long(b"PLAIN") + long(b"en_US")))
        while True:
            kind, channel, payload = await read_frame(self.reader)
            if kind == METHOD:
                parts = Parts(payload)
                number = (parts.number("H"), parts.number("H"))
                if not await self.answer(number, channel, parts):
                    return
                await self.writer.drain()

    async def answer(self, number: tuple[int, int], channel: int, parts: Parts) -> bool:
        """:return: whether it goes on"""
        simple = {
            CHANNEL_OPEN: (CHANNEL_OPEN_OK, long(b"")),
            CHANNEL_CLOSE: (CHANNEL_CLOSE_OK, b""),
            SELECT: (SELECT_OK, b""),
        }
        if number in simple:
            self.writer.write(method(channel, *simple[number]))
        elif number == START_OK:
            return self.log_in(parts)
        elif number == OPEN:
            if parts.short() != self.broker.vhost:
                return self.end(530, "NOT_ALLOWED - vhost not found")
            self.writer.write(method(0, OPEN_OK, short("")))
        elif number == CLOSE:
            self.writer.write(method(0, CLOSE_OK))
            await self.writer.drain()
            return False
        elif number == DECLARE:
            parts.number("H")
            self.declared(channel, parts.short())
        elif number == PUBLISH:
            return await self.publish(channel, parts)
        return True

    def log_in(self, parts: Parts) -> bool:
        parts.long()
        parts.short()
        if parts.long() != f"\0{self.broker.user}\0{self.broker.password}".encode():
            return self.end(403, "ACCESS_REFUSED - login was refused")
        self.writer.write(method(0, TUNE, struct.pack(">HIH", 64, 131072, 0)))
        return True

    def end(self, code: int, text: str) -> bool:
        self.writer.write(method(0, CLOSE, struct.pack(">H", code) + short(text) + struct.pack(">HH", 0, 0)))
        return True

    def declared(self, channel: int, name: str) -> None:
        if name in self.broker.exchanges:
            self.writer.write(method(channel, DECLARE_OK))
        else:
            self.no_exchange(channel)

    def no_exchange(self, channel: int) -> None:
        arguments = struct.pack(">H", 404) + short("NOT_FOUND - no exchange") + struct.pack(">HH", *DECLARE)
        self.writer.write(method(channel, CHANNEL_CLOSE, arguments))

    async def publish(self, channel: int, parts: Parts) -> bool:
        parts.number("H")
        exchange, key = parts.short(), parts.short()
        mandatory = bool(parts.number("B") & 1)
        kind, _channel, header = await read_frame(self.reader)
        if kind != HEADER:
            raise ValueError("a content header is missing")
        size, properties = read_header(header)
        body = b""
        while len(body) < size:
            body += (await read_frame(self.reader))[2]
        if exchange not in self.broker.exchanges:
            self.no_exchange(channel)
            return True
        fault = self.broker.faults.pop(0) if self.broker.faults else ""
        self.confirmed += 1
        tag = struct.pack(">QB", self.confirmed, 0)
        if fault == "nack":
            self.writer.write(method(channel, NACK, tag))
        elif fault == "unroutable":
            if mandatory:
                returned = struct.pack(">H", 312) + short("NO_ROUTE") + short(exchange) + short(key)
                self.writer.write(method(channel, RETURN, returned) + frame(HEADER, channel, header))
                self.writer.write(frame(3, channel, body))
            self.writer.write(method(channel, ACK, tag))
        else:
            self.broker.kept.append({"exchange": exchange, "key": key, "body": body.decode(), **properties})
            if fault == "drop_before_confirm":
                return False
            if fault != "silent":
                self.writer.write(method(channel, ACK, tag))
        return True
