"""Frames, methods and properties of AMQP 0-9-1 (sections 2.3 and 4.2 of the specification)."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
END = 0xCE
#: properties of a content header by their bit, with how they are written
PROPERTIES = (
    ("content_type", "text"),
    ("content_encoding", "text"),
    ("headers", "table"),
    ("delivery_mode", "octet"),
    ("priority", "octet"),
    ("correlation_id", "text"),
    ("reply_to", "text"),
    ("expiration", "text"),
    ("message_id", "text"),
    ("timestamp", "time"),
    ("type", "text"),
    ("user_id", "text"),
    ("app_id", "text"),
)


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    """:return: type, channel, payload"""
    kind, channel, size = struct.unpack(">BHI", await reader.readexactly(7))
    payload = await reader.readexactly(size)
    if (await reader.readexactly(1))[0] != END:
        raise ValueError("a frame does not end where it should")
    return kind, channel, payload


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + bytes([END])


def method(channel: int, number: tuple[int, int], arguments: bytes = b"") -> bytes:
    return frame(METHOD, channel, struct.pack(">HH", *number) + arguments)


def short(text: str) -> bytes:
    data = text.encode()
    return bytes([len(data)]) + data


def long(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


class Parts:
    """Reads values one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def number(self, kind: str) -> int:
        size = struct.calcsize(">" + kind)
        [value] = struct.unpack_from(">" + kind, self.data, self.at)
        self.at += size
        return int(value)

    def short(self) -> str:
        return self.take(self.number("B")).decode()

    def long(self) -> bytes:
        return self.take(self.number("I"))

    def take(self, size: int) -> bytes:
        piece = self.data[self.at : self.at + size]
        self.at += size
        return piece


def read_header(payload: bytes) -> tuple[int, dict[str, Any]]:
    """:return: size of the body, properties"""
    parts = Parts(payload)
    parts.take(4)
    size, flags = parts.number("Q"), parts.number("H")
    found: dict[str, Any] = {}
    for bit, (name, kind) in enumerate(PROPERTIES):
        if flags & (1 << (15 - bit)):
            if kind == "text":
                found[name] = parts.short()
            elif kind == "table":
                parts.long()
            else:
                found[name] = parts.number("B" if kind == "octet" else "Q")
    return size, found
