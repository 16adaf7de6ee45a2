"""Fields of a SWIFT message: tags and their lines, and where a message begins and ends.

Banks deliver the message in SWIFT's own envelope, in a shorter one of theirs, or bare. A tag
begins a field only where it is one of the tags of these messages: a wrapped line of text begins with a
colon and two digits every now and then (a time of day, for example).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from ..text_lines import TextLines

#: the tags of MT940, MT941, MT942 and MT950
_TAG = re.compile(r"[ \t]*:(20|21|25P?|28C?|13[CD]?|34F|60[FM]|61|62[FM]|64|65|86|90[CD]|NS):", re.ASCII)
#: the fields that can follow a line of a statement, or its opening balance
_CONTINUES = re.compile(r"[ \t]*:(?:61|86|62[FM]):", re.ASCII)
#: what a wrapped time of day looks like, where no field can begin
_TIME = re.compile(r":[0-5]\d:\d\d(?!\d)")
_HEADER_TAGS = frozenset({"20", "21", "25", "25P", "28", "28C", "13", "13C", "13D"})
_APPLICATION = re.compile(r"\{2:[IO](\d{3})")
#: lines that may stand before the first message
_BANNER = 100
#: the last block of a message's envelope may be followed by the first field on its line
_TEXT_BLOCK = "{4:"


class Field(NamedTuple):
    """One field; ``tag`` is END for the end of a message, START for the beginning of its envelope."""

    tag: str
    line: int
    lines: list[str]


#: the message says that it ends
END = "END"
#: an envelope begins; ``lines`` holds the number of the message type, if it is told
START = "START"


def fields(text: TextLines) -> Iterator[Field]:
    """Yield the fields of a file. Lines outside of messages (banners, blocks) are nobody's."""
    return _Fields().read(text)


def _outdented(text: TextLines) -> Iterable[tuple[int, str]]:
    """Return the lines without the blanks by which all of them are indented."""
    lines = iter(text)
    before: list[tuple[int, str]] = []
    for number, line in lines:
        before.append((number, line))
        bare = line.lstrip(" \t")
        if bare[:1] in (":", "{"):
            indent = line[: len(line) - len(bare)]
            if not indent:
                break
            return ((number, line.removeprefix(indent)) for number, line in chain(before, lines))
        if len(before) > _BANNER:
            break
    return chain(before, lines)


class _Fields:
    def __init__(self) -> None:
        self._current: Field | None = None
        self._opening_seen = self._closing_seen = False
        #: line of a "-" before the closing balance: what follows tells whether the message ends there
        self._dash = 0

    def read(self, text: TextLines) -> Iterator[Field]:
        for number, line in _outdented(text):
            if self._dash and line.strip():
                # a savings bank puts one between the opening balance and the first line
                dash, self._dash = self._dash, 0
                if _CONTINUES.match(line) is None:
                    yield from self._finish(Field(END, dash, []))
            if line.rstrip() == "-" and self._opening_seen and not self._closing_seen:
                self._dash = number
                continue
            if line[:1] in ("-", "}") and (line.rstrip() == "-" or line.startswith("-}") or self._closing_seen):
                yield from self._finish(Field(END, number, []))
                if "{1:" not in line:
                    continue
                # the next message begins on the line where this one ends
                line = line[line.index("{1:") :]
            if line[:1] == "{":
                head, _block, line = line.partition(_TEXT_BLOCK)
                yield from self._envelope(head, number)
                if not line:
                    continue
            match = _TAG.match(line) if ":" in line[:8] else None
            if match is not None and not self._is_text(match[1], line):
                if self._current is not None:
                    yield self._current
                self._current = Field(match[1], number, [line[match.end() :]])
                self._note(match[1])
            elif self._current is not None:
                self._current.lines.append(line)
        yield from self._finish(*([Field(END, self._dash, [])] if self._dash else []))

    def _finish(self, *more: Field) -> Iterator[Field]:
        if self._current is not None:
            yield self._current
            self._current = None
        for field in more:
            self._opening_seen = self._closing_seen = False
            yield field

    def _envelope(self, head: str, number: int) -> Iterator[Field]:
        application = _APPLICATION.search(head)
        if head.startswith("{1:") or application:
            yield from self._finish(Field(START, number, [application[1]] if application else []))

    def _note(self, tag: str) -> None:
        if tag == "20":
            self._opening_seen = self._closing_seen = False
        elif tag in ("62F", "62M", "90C", "90D"):
            self._closing_seen = True
        elif tag in ("60F", "60M"):
            self._opening_seen = True

    def _is_text(self, tag: str, line: str) -> bool:
        """Tell the wrapped time of day inside a field 86 from a field."""
        return (
            self._opening_seen
            and not self._closing_seen
            and tag in _HEADER_TAGS
            and self._current is not None
            and self._current.tag in ("86", "61")
            and _TIME.match(line) is not None
        )
