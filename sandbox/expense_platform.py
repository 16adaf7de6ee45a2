"""What the stand-ins of expense platforms have in common: a limit in a rolling window, files at addresses that end."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from sandbox.http.messages import Response

#: a receipt as small as an image can be
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


class Rolling:
    """So many requests within so many seconds; the fields can be configured."""

    def __init__(self, requests: int, seconds: float) -> None:
        self.requests = requests
        self.seconds = seconds
        self.refused = 0
        self._times: deque[float] = deque()

    def wait(self) -> float | None:
        """Count a request.

        :return: None: it is within the limit; else seconds until the next one is
        """
        now = time.monotonic()
        while self._times and now - self._times[0] >= self.seconds:
            self._times.popleft()
        if len(self._times) >= self.requests:
            self.refused += 1
            return self.seconds - (now - self._times[0] if self._times else 0.0)
        self._times.append(now)
        return None


class Files:
    """Files behind addresses that somebody was told a moment ago."""

    def __init__(self, seconds: float) -> None:
        #: so long an address is good
        self.seconds = seconds
        self.read: list[str] = []
        self._contents: dict[str, tuple[str, bytes]] = {}
        self._addresses: dict[str, tuple[str, float]] = {}

    def keep(self, name: str, content_type: str = "image/png", content: bytes = PICTURE) -> None:
        self._contents[name] = (content_type, content)

    def names(self) -> list[str]:
        return list(self._contents)

    def content_type(self, name: str) -> str:
        return self._contents[name][0]

    def address(self, name: str) -> str:
        """:return: last part of an address that is good for a while"""
        token = secrets.token_hex(12)
        self._addresses[token] = (name, time.monotonic() + self.seconds)
        return token

    def answer(self, token: str) -> Response:
        name, until = self._addresses.get(token, ("", 0.0))
        if time.monotonic() >= until:
            return Response(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"})
        self.read.append(name)
        content_type, content = self._contents[name]
        return Response(200, content, {"Content-Type": content_type})


def configure(system: object, parts: Mapping[str, object], values: Mapping[str, Any]) -> None:
    """Set fields of a stand-in, or of one of its parts; an unknown name is a mistake.

    :param parts: beginning of the name of a field -> the part that has it by the rest of its name
    """
    for name, value in values.items():
        owner, field = system, name
        for beginning, part in parts.items():
            if name.startswith(beginning):
                owner, field = part, name.removeprefix(beginning)
        getattr(owner, field)
        setattr(owner, field, value)
