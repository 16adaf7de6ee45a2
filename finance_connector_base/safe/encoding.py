"""Which encoding an XML file is written in, decided once and before any parser sees it.

The XML parser is then given UTF-8 without a declaration. A document that means one thing
to a scanner and another to the parser (UTF-7, UTF-16 without a mark, a declaration that
lies) cannot exist behind this point.
"""

from __future__ import annotations

import codecs
import re

from .errors import SafetyError

#: XML 1.0 section 2.8, production 23 (XMLDecl)
_DECLARATION = re.compile(
    rb"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:\"1\.[0-9]+\"|'1\.[0-9]+')"
    rb"(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:\"([A-Za-z][A-Za-z0-9._-]*)\"|'([A-Za-z][A-Za-z0-9._-]*)'))?"
    rb"(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:\"(?:yes|no)\"|'(?:yes|no)'))?"
    rb"[ \t\r\n]*\?>"
)
#: a declaration longer than this is no declaration
_DECLARATION_LIMIT = 512

#: Python codec names of what banks write. All of them read ASCII bytes as ASCII, which is
#: why the declaration itself can be read before the encoding is known. UTF-7 and the like
#: can hide markup and stay out.
_SINGLE_BYTE = frozenset(
    [f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)]
    + [f"cp125{page}" for page in range(9)]
    + ["ascii", "cp437", "cp850", "cp852", "cp858", "cp866"]
)
#: of the west of Europe: text in them that reads as UTF-8 throughout is UTF-8 (in ASCII anything else is an error)
_WESTERN = frozenset({"iso8859-1", "iso8859-15", "cp1252", "ascii"})
#: what shows that bytes beyond ASCII are no names in Windows-1252: signs that stand in none (among them are letters of
#: Poland and Bohemia in their own encodings), a currency before a letter, and what is, or pretends to be, UTF-8
_NOT_WESTERN = re.compile(
    rb"[\x81\x83\x86-\x89\x8d\x8f\x90\x98\x9d\xa1\xa4\xa6\xac\xad\xaf\xb1\xb3\xb5\xb6\xb8\xb9\xbc-\xbf\xd7\xf7]"
    rb"|[\xa2\xa3\xa5](?=[A-Za-z\xc0-\xff])"
    rb"|\xc2[\xa0-\xbf]|[\xc0\xc1\xc3-\xc5][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xff][\x80-\xbf]{3}"
)


class Encoding:
    """The encoding of one file and where its content starts.

    ``codec`` is a Python codec name, ``skip`` the length of byte order mark and
    declaration, ``lines`` the line breaks within them, ``declared`` says whether the file
    itself tells its encoding, ``has_mark`` whether by a byte order mark, ``note`` names a lenient reading.
    """

    __slots__ = ("codec", "declared", "has_mark", "lines", "note", "skip")

    def __init__(
        self, codec: str, *, skip: int, lines: int, declared: bool, has_mark: bool = False, note: str = ""
    ) -> None:
        self.codec = codec
        self.has_mark = has_mark
        self.skip = skip
        self.lines = lines
        self.declared = declared
        self.note = note


def detect(head: bytes) -> Encoding:
    """Read byte order mark and XML declaration (XML 1.0, appendix F).

    :param head: the first bytes of the file
    :raise SafetyError: ``encoding_unsupported``, or ``xml_syntax`` for a broken declaration
    """
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _unsupported("UTF-32")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _detect_utf16(head)
    mark = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    if b"\0" in head[mark : mark + 2]:
        raise _unsupported("UTF-16 or UTF-32 without a byte order mark")
    match = _match_declaration(head[mark : mark + _DECLARATION_LIMIT])
    if match is None:
        return Encoding("utf-8", skip=mark, lines=0, declared=bool(mark), has_mark=bool(mark))
    lines = match.group().count(b"\n")
    name = (match.group(1) or match.group(2) or b"").decode("ascii")
    codec = _codec(name) if name else "utf-8"
    note = ""
    if codec.startswith("utf-16"):
        # Written by tools that serialise to a wide string first and to UTF-8 bytes later. It
        # cannot be UTF-16: the declaration was just read as single bytes.
        codec, note = "utf-8", name
    elif mark:
        codec = "utf-8"
    return Encoding(
        codec, skip=mark + match.end(), lines=lines, declared=bool(name or mark), has_mark=bool(mark), note=note
    )


def _detect_utf16(head: bytes) -> Encoding:
    codec = "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    start = head[2 : 2 + 2 * _DECLARATION_LIMIT].decode(codec, "replace").encode("ascii", "replace")
    match = _match_declaration(start)
    if match is None:
        return Encoding(codec, skip=2, lines=0, declared=True)
    name = (match.group(1) or match.group(2) or b"utf-16").decode("ascii")
    if not _codec(name).startswith("utf-16"):
        raise SafetyError("encoding_wrong", f"The file is UTF-16 but declares {name}", "line 1")
    return Encoding(codec, skip=2 + 2 * match.end(), lines=match.group().count(b"\n"), declared=True)


def _match_declaration(start: bytes) -> re.Match[bytes] | None:
    match = _DECLARATION.match(start)
    if match is None and re.match(rb"<\?[xX][mM][lL][ \t\r\n?]", start):
        raise SafetyError("xml_syntax", "The XML declaration is not valid", "line 1")
    return match


def _codec(name: str) -> str:
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        codec = ""
    if codec in _SINGLE_BYTE or codec == "utf-8" or codec in ("utf-16", "utf-16-le", "utf-16-be"):
        return codec
    raise _unsupported(name[:40])


def _unsupported(name: str) -> SafetyError:
    return SafetyError("encoding_unsupported", f"The encoding {name} is not supported", "line 1")


class Transcoder:
    """Turns the bytes of a file, chunk by chunk, into valid UTF-8.

    A file without declaration whose bytes are not UTF-8 is read as ISO-8859-1, provided that
    everything before the first such byte was plain ASCII, so that the whole file has one
    encoding (specs/camt.md section 9: a German camt.052). ``fallback_line`` tells afterwards where.

    The other way round, a file that declares a western encoding of one byte a character and is UTF-8 would be read
    without an error, and with every name garbled: its first characters beyond ASCII decide, as no such text has but
    valid UTF-8 by chance. ``misdeclared`` then tells what was declared.

    A file that declares UTF-8, without its mark, and has western letters of one byte is read as Windows-1252 on the
    same condition, as long as nothing shows that it is something else. Structure, figures and dates are
    ASCII, which every one of these encodings reads alike.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._codec = encoding.codec
        self._may_fall_back = not encoding.declared
        self._may_be_western = encoding.declared and not encoding.has_mark and not encoding.note
        self._is_western = False
        self._before = b""
        self._ascii_so_far = True
        self._pending = b""
        self._decoder = codecs.getincrementaldecoder(self._codec)("strict")
        self._may_be_utf8 = self._codec in _WESTERN
        self.fallback_line = 0
        self.misdeclared = ""
        self.lines = 1 + encoding.lines

    def feed(self, chunk: bytes, *, final: bool = False) -> bytes:
        """Return the UTF-8 of ``chunk`` (a cut character waits for the next one).

        :raise SafetyError: ``encoding_wrong``, or ``truncated`` for a character cut by the end
        """
        if self._may_be_utf8:
            chunk = self._decide(self._pending + chunk, final)
        if self._is_western:
            return self._western(chunk)
        if self._codec != "utf-8":
            return self._transcode(chunk, final)
        plain = not self._pending and chunk.isascii()
        result = chunk if plain else self._validate(self._pending + chunk, final)
        self.lines += result.count(b"\n")
        return result

    def _decide(self, data: bytes, final: bool) -> bytes:
        """Say by the first characters beyond ASCII whether a file is UTF-8 that declares something else.

        :return: the bytes to read now; a cut character that would decide waits for the next ones
        """
        self._pending = b""
        if data.isascii():
            return data
        try:
            _text, used = codecs.utf_8_decode(data, "strict", final)
        except UnicodeDecodeError:
            self._may_be_utf8 = False
            return data
        if data[:used].isascii():
            self._pending = data[used:]
            return data[:used]
        self._may_be_utf8 = False
        self.misdeclared, self._codec = self._codec, "utf-8"
        return data

    def _transcode(self, chunk: bytes, final: bool) -> bytes:
        try:
            result = self._decoder.decode(chunk, final).encode("utf-8")
        except UnicodeDecodeError as error:
            raise self._wrong(chunk, error) from None
        self.lines += result.count(b"\n")
        return result

    def _western(self, data: bytes, *, count: bool = True) -> bytes:
        """Read Windows-1252 under a declaration of UTF-8, or say that the file is not valid UTF-8."""
        result = data
        if not (data.isascii() and self._before.isascii()):
            wrong = _NOT_WESTERN.search(self._before + data)
            if wrong is not None:
                line = self.lines + data.count(b"\n", 0, max(wrong.start() - len(self._before), 0))
                raise SafetyError("encoding_wrong", "The file is not valid UTF-8", f"line {line}")
            result = data.decode("cp1252").encode()
        self._before = (self._before + data)[-3:]
        self.lines += result.count(b"\n") if count else 0
        return result

    def _validate(self, data: bytes, final: bool) -> bytes:
        self._pending = b""
        try:
            _text, used = codecs.utf_8_decode(data, "strict", final)
        except UnicodeDecodeError as error:
            if not (self._ascii_so_far and data[: error.start].isascii()):
                raise self._wrong(data, error) from None
            if self._may_be_western and not (final and error.reason == "unexpected end of data"):
                self._is_western, self.misdeclared = True, self._codec
                # (the caller counts the lines of what it gets)
                return self._western(data, count=False)
            if not self._may_fall_back:
                raise self._wrong(data, error) from None
            self._codec = "iso8859-1"
            self._decoder = codecs.getincrementaldecoder(self._codec)("strict")
            self.fallback_line = self.lines + data.count(b"\n", 0, error.start)
            return data.decode("iso8859-1").encode("utf-8")
        self._ascii_so_far = self._ascii_so_far and data[:used].isascii()
        self._pending = data[used:]
        return data[:used]

    def _wrong(self, data: bytes, error: UnicodeDecodeError) -> SafetyError:
        place = f"line {self.lines + data.count(bytes([10]), 0, error.start)}"
        if error.reason in ("unexpected end of data", "truncated data"):
            return SafetyError("truncated", "The file ends in the middle of a character", place)
        return SafetyError("encoding_wrong", f"The file is not valid {self._codec.upper()}", place)
