"""The one entrance for foreign XML.

What is refused here, by code of :class:`~.errors.SafetyError`: a document type declaration of
any kind (``doctype``), XInclude (``xinclude``), entities (``entity``), nesting of more than 256
levels (``too_deep``), long texts (``text_too_long``), records, prologs or files over the limits
(``record_too_large``, ``prolog_too_long``, ``file_too_large``), encodings that are unsupported or
do not fit (``encoding_unsupported``, ``encoding_wrong``), anything that is not well-formed
(``xml_syntax``) or ends too early (``empty``, ``truncated``). Nothing is ever recovered.

The refusals do not rest on one mechanism. The text before the root element is scanned for a
document type declaration before the parser sees a byte, in the only encoding the parser will
use; the parser itself resolves no entities, loads no DTD and opens no network connection; and
its result is checked for a DTD once more.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from lxml import etree

from .encoding import Transcoder, detect
from .errors import SafetyError

Element = etree._Element

_CHUNK = 64 * 1024
_XINCLUDE = ("{http://www.w3.org/2001/XInclude}*", "{http://www.w3.org/2003/XInclude}*")
#: white space, comments and processing instructions (XML 1.0, production 27)
_MISC = re.compile(r"(?:[ \t\r\n]+|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlLimits:
    """How much one XML file may ask for. Bytes are those of the UTF-8 text."""

    #: the whole file
    file: int = 4 * 1024**3
    #: before the root element
    prolog: int = 64 * 1024
    #: between two releases, which bounds what is held in memory
    record: int = 64 * 1024**2
    #: one text node or attribute (the parser's own limit is 10 MB)
    text: int = 1024**2


class RecordReader:
    """Streams the elements with certain local names out of an XML file, in document order.

    An element is complete when it is yielded; its earlier siblings and its ancestors are
    there as far as they were read. Memory stays flat as long as the caller hands every
    element it is done with to :meth:`release`::

        reader = RecordReader(stream, {"Ntry"})
        for element in reader:
            ...
            reader.release(element)

    The file is complete only when the iteration ends without an error.
    """

    def __init__(self, stream: BinaryIO, names: Iterable[str], limits: XmlLimits | None = None) -> None:
        self._stream = stream
        self._limits = limits or XmlLimits()
        self._parser = _new_parser(names)
        self._fed = 0
        self._released = 0
        self._last_event = 0
        self._root_seen = False
        #: lenient readings: ``(code, place)``
        self.notes: list[tuple[str, str]] = []
        #: the root element, once the iteration has ended
        self.root: Element | None = None

    def __iter__(self) -> Iterator[Element]:
        for text in self._texts():
            self._feed(text)
            yield from self._elements()
        try:
            self.root = self._parser.close()
        except etree.XMLSyntaxError as error:
            raise SafetyError("truncated", "The file ends before its last element is closed", _line(error)) from None
        _check_document(self.root)

    def release(self, element: Element) -> None:
        """Free a yielded element and everything before it under the same parent."""
        self._released = self._fed
        element.clear()
        parent = element.getparent()
        if parent is not None:
            while element.getprevious() is not None:
                del parent[0]

    def _texts(self) -> Iterator[bytes]:
        """Yield the file as UTF-8, without byte order mark and declaration, prolog checked."""
        head = _read_up_to(self._stream, self._limits.prolog)
        if not head.strip():
            raise SafetyError("empty", "The file is empty")
        encoding = detect(head)
        if encoding.note:
            self.notes.append(("encoding_declared_wrong", encoding.note))
        transcoder = Transcoder(encoding)
        # The declaration is replaced by its line breaks, so that line numbers stay true.
        first = b"\n" * encoding.lines + transcoder.feed(head[encoding.skip :])
        _check_prolog(first, complete=len(head) < self._limits.prolog)
        yield first
        total = len(head)
        while chunk := self._stream.read(_CHUNK):
            total += len(chunk)
            if total > self._limits.file:
                raise SafetyError("file_too_large", f"The file is larger than {self._limits.file} bytes")
            line = transcoder.lines
            text = transcoder.feed(chunk)
            if transcoder.fallback and not any(code == "encoding_assumed" for code, _place in self.notes):
                self.notes.append(("encoding_assumed", f"ISO-8859-1 from line {line}"))
            yield text
        yield transcoder.feed(b"", final=True)

    def _feed(self, text: bytes) -> None:
        if not text:
            return
        self._fed += len(text)
        if self._fed - self._released > self._limits.record + _CHUNK:
            raise SafetyError("record_too_large", f"One record is larger than {self._limits.record} bytes")
        try:
            self._parser.feed(text)
        except etree.XMLSyntaxError as error:
            raise _translate(error) from None
        # An undeclared entity ends the parse without an exception, and the next feed would start a
        # new document (seen with lxml 4.9 to 6.0): entries would vanish. So the log is asked.
        log: Any = self._parser.feed_error_log
        if len(log):
            for entry in log.filter_from_errors():
                code = "entity" if "ENTITY" in entry.type_name else "xml_syntax"
                raise SafetyError(code, entry.message.strip()[:200], f"line {entry.line}")

    def _elements(self) -> Iterator[Element]:
        events: Any = self._parser.read_events()
        for _action, element in events:
            if not self._root_seen:
                _check_document(element)
                self._root_seen = True
            if element.tag.startswith("{http://www.w3.org/2") and "/XInclude}" in element.tag:
                raise SafetyError("xinclude", "XInclude is not accepted", f"line {element.sourceline}")
            # Only what took long to arrive can hold a long text, so the scan costs nothing.
            if self._fed - self._last_event > self._limits.text:
                _check_texts(element, self._limits.text)
            yield element
        self._last_event = self._fed


def document(source: bytes | BinaryIO, limits: XmlLimits | None = None) -> Element:
    """Read a small document whole and return its root element.

    :raise SafetyError: as listed at the top of this file
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    limits = limits or XmlLimits(file=16 * 1024**2)
    reader = RecordReader(stream, (), limits)
    for _element in reader:
        pass
    if reader.root is None:  # cannot be: a well-formed document has a root
        raise SafetyError("truncated", "The file has no element")
    _check_texts(reader.root, limits.text)
    return reader.root


def _new_parser(names: Iterable[str]) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=("end",),
        tag=tuple("{*}" + name for name in names) + _XINCLUDE,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        # fewer nodes: a third faster on indented files
        remove_blank_text=True,
        # an index of xml:id attributes would grow with the file
        collect_ids=False,
    )


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    """Read ``size`` bytes, or all there are: sockets and zip members give less at a time."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _check_prolog(text: bytes, *, complete: bool) -> None:
    """Refuse anything but white space, comments and instructions before the root element."""
    head = text.decode("utf-8", "replace")
    match = _MISC.match(head)
    start = match.end() if match else 0
    rest = head[start : start + 9]
    place = f"line {head.count(chr(10), 0, start) + 1}"
    if rest.startswith("<!--") or rest.startswith("<?") or not rest:
        # a comment or instruction without an end, or nothing else at all
        if complete:
            raise SafetyError("truncated", "The file ends before its root element", place)
        raise SafetyError("prolog_too_long", "The root element starts too late", place)
    if rest.startswith("<!"):
        raise SafetyError("doctype", "Document type declarations are not accepted", place)
    if not rest.startswith("<"):
        raise SafetyError("xml_syntax", "The file does not start with an element", place)


def _check_document(element: Element) -> None:
    info: Any = element.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None:
        raise SafetyError("doctype", "Document type declarations are not accepted", "line 1")


def _check_texts(element: Element, limit: int) -> None:
    for node in element.iter():
        for text in (node.text, node.tail, *map(str, node.attrib.values())):
            if text is not None and len(text) > limit:
                raise SafetyError("text_too_long", f"A text is longer than {limit}", f"line {node.sourceline}")


def _translate(error: etree.XMLSyntaxError) -> SafetyError:
    message = (error.msg or "").strip()
    lowered = message.lower()
    if "depth" in lowered:
        return SafetyError("too_deep", "The elements are nested too deeply", _line(error))
    if "text node" in lowered or "huge input" in lowered or "buffer size" in lowered:
        return SafetyError("text_too_long", "A text or attribute is too long", _line(error))
    return SafetyError("xml_syntax", message[:200] or "The XML is not well-formed", _line(error))


def _line(error: etree.XMLSyntaxError) -> str:
    line = error.position[0] if error.position else 0
    return f"line {line}" if line else ""
