"""Tags and values of OFX 1 (SGML) and OFX 2 (XML), in one pass and bounded memory.

Banks write the one with the header of the other, leave end tags out or in, and do not escape what
has to be escaped, so neither an SGML nor an XML parser reads them. There is nothing here that
expands: a document type declaration is refused, and the only entities are the five of XML, the
blank, and numbers.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from ..entities import expand
from ..model import FormatError
from ..text_lines import TextDecoder, Utf8Stream

_CHUNK = 64 * 1024
#: no tag with its text, and no comment, is longer
LONGEST = 64 * 1024
ROOT = re.compile(r"<OFX(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_TAG = r"<(/?)([A-Za-z][A-Za-z0-9._]{0,60})(?:\s[^<>]{0,200})?(/?)>"
#: a tag and the text after it
_TOKEN = re.compile(rf"{_TAG}([^<]*)")
#: a less-than sign before anything but a name is a part of the text; that takes longer to read
_STRAY = re.compile(r"<[^A-Za-z/!?]")
_TOKEN_WITH_STRAY = re.compile(rf"{_TAG}([^<]*(?:<(?![A-Za-z/!?])[^<]*)*)")
_BEGINS_TAG = re.compile(rb"[A-Za-z/!?]")
_SKIPPED = re.compile(r"<\?[^<>]*\?>[^<]*")
#: line, name, "is it an end tag", text after it
Token = tuple[int, str, bool, str]


class Tokens:
    """Iterates the tags of a file from ``<OFX>`` on; what precedes it is its header."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = Utf8Stream(stream)
        self._decoder = TextDecoder(self._stream.ahead)
        self.line = 1

    def warnings(self) -> tuple[tuple[str, str], ...]:
        """Return the lenient readings of the whole file."""
        return self._decoder.warnings()

    def __iter__(self) -> Iterator[Token]:
        started = False
        for piece in self._pieces():
            if not started:
                root = ROOT.search(piece)
                if root is None:
                    self.line += piece.count("\n")
                    continue
                at = root.start()
                self.line += piece.count("\n", 0, at)
                piece = piece[at:]
                started = True
            yield from self._tokens(piece)
        if not started:
            raise FormatError("truncated", "The file ends before <OFX>", place="end of file")

    def _pieces(self) -> Iterator[str]:
        """Yield the text in pieces that end before a tag."""
        rest = b""
        first = True
        while chunk := self._stream.read(_CHUNK):
            if first:
                chunk = chunk.removeprefix(codecs.BOM_UTF8)
                first = False
            data = rest + chunk
            data, end = _without_sections(data) if b"<!" in data else (data, _last_tag(data))
            if end > 0:
                yield self._decoder.decode(data[:end], self.line)
                data = data[end:]
            rest = data
            if len(rest) > LONGEST + _CHUNK:
                raise FormatError(
                    "text_too_long", f"A text has more than {LONGEST} characters", place=f"line {self.line}"
                )
        if rest:
            yield self._decoder.decode(rest, self.line)

    def _tokens(self, piece: str) -> Iterator[Token]:
        at = 0
        match = (_TOKEN_WITH_STRAY if _STRAY.search(piece) else _TOKEN).match
        while at < len(piece):
            found = match(piece, at)
            if found is None:
                skipped = _SKIPPED.match(piece, at)
                if skipped is None:
                    if piece.startswith("<!", at):
                        raise FormatError(
                            "doctype",
                            "The file holds a declaration, or a comment without end",
                            place=f"line {self.line}",
                        )
                    raise FormatError(
                        "ofx_syntax", "This is not a tag", place=f"line {self.line}", value=piece[at : at + 40]
                    )
                self.line += skipped[0].count("\n")
                at = skipped.end()
                continue
            slash, name, empty, text = found.groups()
            name = name.upper()
            value = text.strip()
            if "&" in value:
                value = expand(value)
            yield self.line, name, bool(slash), value
            if empty:
                yield self.line, name, True, ""
            self.line += text.count("\n")
            at = found.end()


def _without_sections(data: bytes) -> tuple[bytes, int]:
    """Take comments out (their lines stay) and write CDATA sections as escaped text.

    :return: the bytes, and up to where they can be used: a section that does not end yet has to wait
    """
    clean: list[bytes] = []
    at = 0
    while (start := data.find(b"<!", at)) >= 0:
        clean.append(data[at:start])
        if data.startswith(b"<!--", start):
            end = data.find(b"-->", start + 4)
            text = b"\n" * data.count(b"\n", start, max(end, start))
        elif data.startswith(b"<![CDATA[", start):
            end = data.find(b"]]>", start + 9)
            text = data[start + 9 : max(end, start)].replace(b"&", b"&amp;").replace(b"<", b"&lt;")
        elif len(data) - start < len(b"<![CDATA["):
            end = -1
        else:  # a declaration: the tokens refuse it
            clean.append(data[start : start + 2])
            at = start + 2
            continue
        if end < 0:
            before = b"".join(clean)
            return before + data[start:], len(before)
        clean.append(text)
        at = end + 3
    whole = b"".join(clean) + data[at:]
    return whole, _last_tag(whole)


def _last_tag(data: bytes) -> int:
    """Return where the last tag begins, or a sign that may begin one."""
    at = data.rfind(b"<")
    while at > 0 and at + 1 < len(data) and _BEGINS_TAG.match(data, at + 1) is None:
        at = data.rfind(b"<", 0, at)
    return at
