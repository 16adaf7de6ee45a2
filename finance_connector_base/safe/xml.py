"""The one entrance for foreign XML.

What is refused here, by code of :class:`~.errors.SafetyError`: a document type declaration of
any kind (``doctype``), XInclude (``xinclude``), entities (``entity``), nesting of more than 256
levels (``too_deep``), long texts (``text_too_long``), records, prologs or files over the limits
(``record_too_large``, ``prolog_too_long``, ``file_too_large``), encodings that are unsupported or
do not fit (``encoding_unsupported``, ``encoding_wrong``), anything that is not well-formed
(``xml_syntax``), ends too early (``empty``, ``truncated``) or does not fit a schema that was asked for
(``schema``). Nothing is ever recovered.

The refusals do not rest on one mechanism. The text before the root element is scanned for a
document type declaration before the parser sees a byte, in the only encoding the parser will
use; the parser itself resolves no entities, loads no DTD and opens no network connection; and
its result is checked for a DTD once more.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, BinaryIO, Literal, TypeAlias

from lxml import etree

from .encoding import Transcoder, detect
from .errors import SafetyError

Element = etree._Element
#: what a parser tells of an element
Event: TypeAlias = Literal["start", "end"]

_CHUNK = 32 * 1024
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
    #: of an incomplete record before it is offered in parts
    part: int = 1024**2
    #: one text node or attribute (the parser's own limit is 10 MB)
    text: int = 1024**2


class Step(Enum):
    """What :class:`RecordReader` has come to."""

    #: a complete record
    RECORD = "record"
    #: the last record, incomplete and large: parts of it may be read and freed
    PART = "part"
    #: a complete container, its records given before
    END = "end"


class RecordReader:
    """Streams the records out of an XML file: the children of certain containers.

    Everything before the record under the same container is there too until the caller
    frees it, and so are the ancestors. Memory stays flat as long as each record is freed::

        reader = RecordReader(stream, container="Stmt", record="Ntry", accept=is_statement)
        for step, element in reader:
            if step is Step.RECORD:
                ...
                reader.release(element)

    The file is complete only when the iteration ends without an error.

    A child is known to be complete when another one follows it. So the parser needs to tell
    the start of a container and nothing else, which costs half of what the usual events for
    every end of a record would.
    """

    #: what the parser tells of containers, records and the root element
    _events: tuple[Event, ...] = ("start",)

    def __init__(
        self,
        stream: BinaryIO,
        *,
        container: str,
        record: str,
        accept: Callable[[Element], bool] = lambda element: True,
        limits: XmlLimits | None = None,
        schema: etree.XMLSchema | None = None,
        root: str = "",
    ) -> None:
        """Prepare to read.

        :param container: local name of the elements that hold records
        :param record: local name of the records
        :param accept: says whether an element named as a container is one, by its ancestors
        :param schema: the file is validated while it is read; what does not fit is refused (``schema``)
        :param root: local name of the root element, needed with a schema
        """
        self._stream = stream
        self._container_name = container
        self._record = record
        self._accept = accept
        self._limits = limits or XmlLimits()
        self._schema = schema
        #: with a schema: the end of the root element was seen
        self._ended = False
        events: tuple[Event, ...] = self._events if schema is None else ("start", "end")
        names = (container, root, record if "end" in self._events else "")
        self._parser = _new_parser(events, names, schema)
        self._container: Element | None = None
        #: the last child of the container that was looked at
        self._cursor: Element | None = None
        self._record_tag = ""
        self._fed = 0
        self._released = 0
        self._given = 0
        #: lenient readings: ``(code, place)``
        self.notes: list[tuple[str, str]] = []
        #: the root element, once the iteration has ended
        self.root: Element | None = None

    def __iter__(self) -> Iterator[tuple[Step, Element]]:
        for text in self._texts():
            yield from self._read(text)
        yield from self._read_rest()
        try:
            self.root = self._parser.close()
        except etree.XMLSyntaxError as error:
            raise SafetyError("truncated", "The file ends before its last element is closed", _line(error)) from None
        # with a schema the parser takes a cut file for a whole one (seen with lxml 5.4)
        if self.root is None or (self._schema is not None and not self._ended):
            raise SafetyError("truncated", "The file ends before its last element is closed")
        _check_document(self.root)
        yield from self._end()

    def _read(self, text: bytes) -> Iterator[tuple[Step, Element]]:
        """Feed a text and yield what is complete with it."""
        self._feed(text)
        is_complete = False
        events: Any = self._parser.read_events()
        for action, element in events:
            if action == "end":
                is_complete = self._ends(element)
            elif self._is_container(element):
                yield from self._end()
                self._open(element)
        if self._container is not None:
            yield from self._records(self._container, complete=is_complete)

    def _read_rest(self) -> Iterator[tuple[Step, Element]]:
        """Read what was kept back when the text has ended."""
        yield from ()

    def _ends(self, element: Element) -> bool:
        """Take note that an element has ended; say whether it is the last child of the container so far."""
        self._ended = self._ended or element.getparent() is None
        return False

    def release(self, element: Element) -> None:
        """Free a complete record or container and everything before it under the same parent."""
        self._released = self._fed
        element.clear()
        parent = element.getparent()
        if parent is not None:
            while element.getprevious() is not None:
                del parent[0]

    def released(self) -> None:
        """Tell that the caller itself has freed parts of an incomplete record."""
        self._released = self._fed

    def _is_container(self, element: Element) -> bool:
        if element.tag.endswith("/XInclude}include"):
            # the parser would leave it alone, but nobody means well with it
            raise SafetyError("xinclude", "XInclude is not accepted", f"line {element.sourceline}")
        if local_name(element) != self._container_name:
            return False
        if self._container is not None and any(above is self._container for above in element.iterancestors()):
            return False
        return self._accept(element)

    def _open(self, element: Element) -> None:
        _check_document(element)
        self._container = element
        self._cursor = None

    def _records(self, container: Element, *, complete: bool) -> Iterator[tuple[Step, Element]]:
        """Yield the records not given yet; the last child counts only when all are complete."""
        checked = False
        element = next(iter(container), None) if self._cursor is None else self._cursor.getnext()
        while element is not None:
            following = element.getnext()
            if following is None and not complete:
                break
            self._cursor = element
            if self._is_record(element):
                if not checked:
                    checked = self._check(container)
                yield Step.RECORD, element
            element = following
        if element is not None and self._fed - self._released > self._limits.part and self._is_record(element):
            self._check(container)
            yield Step.PART, element

    def _check(self, container: Element) -> bool:
        """Refuse long texts. Only what took long to arrive can hold one, so this costs nothing."""
        if self._fed - self._given > self._limits.text:
            _check_texts(container.getroottree().getroot(), self._limits.text)
        self._given = self._fed
        return True

    def _is_record(self, element: Element) -> bool:
        tag = element.tag
        if tag == self._record_tag:
            return True
        if local_name(element) != self._record:
            return False
        self._record_tag = tag
        return True

    def _end(self) -> Iterator[tuple[Step, Element]]:
        """Yield the rest of the container, which is complete now, and the container."""
        container = self._container
        if container is not None:
            yield from self._records(container, complete=True)
            self._check(container)
            self._container = None
            yield Step.END, container

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
        first = b"\n" * encoding.lines + self._transcode(transcoder, head[encoding.skip :])
        _check_prolog(first, complete=len(head) < self._limits.prolog)
        yield first
        total = len(head)
        while chunk := self._stream.read(_CHUNK):
            total += len(chunk)
            if total > self._limits.file:
                raise SafetyError("file_too_large", f"The file is larger than {self._limits.file} bytes")
            yield self._transcode(transcoder, chunk)
        yield self._transcode(transcoder, b"", final=True)

    def _transcode(self, transcoder: Transcoder, chunk: bytes, *, final: bool = False) -> bytes:
        known, misdeclared = transcoder.fallback_line, transcoder.misdeclared
        text = transcoder.feed(chunk, final=final)
        if transcoder.misdeclared != misdeclared:
            self.notes.append(("encoding_declared_wrong", transcoder.misdeclared))
        if transcoder.fallback_line != known:
            self.notes.append(("encoding_assumed", f"ISO-8859-1 from line {transcoder.fallback_line}"))
        return text

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
                if entry.domain_name == "SCHEMASV":
                    raise SafetyError("schema", re.sub(r"\{[^}]*\}", "", entry.message.strip())[:300])
                code = "entity" if "ENTITY" in entry.type_name else "xml_syntax"
                raise SafetyError(code, entry.message.strip()[:200], f"line {entry.line}")


def document(source: bytes | BinaryIO, limits: XmlLimits | None = None) -> Element:
    """Read a small document whole and return its root element.

    :raise SafetyError: as listed at the top of this file
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    limits = limits or XmlLimits(file=16 * 1024**2)
    reader = RecordReader(stream, container="", record="", limits=limits)
    for _step in reader:
        pass
    if reader.root is None:  # cannot be: a well-formed document has a root
        raise SafetyError("truncated", "The file has no element")
    _check_texts(reader.root, limits.text)
    return reader.root


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def _new_parser(
    events: tuple[Event, ...], names: tuple[str, ...], schema: etree.XMLSchema | None
) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=events,
        # include: to see XInclude. A pattern with a namespace would cost a comparison per element.
        tag=("{*}include", *("{*}" + name for name in names if name)),
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
        schema=schema,
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
    # the words of libxml2 2.10 to 2.14 for its limit of 10 MB
    if any(words in lowered for words in ("text node", "huge input", "buffer size", "cdata section too")):
        return SafetyError("text_too_long", "A text or attribute is too long", _line(error))
    if "xml declaration allowed only at the start" in lowered:
        message = "Another XML document begins here; each one is a file of its own; several go into one zip"
        return SafetyError("xml_syntax", message, _line(error))
    # the place is told beside the message
    message = message.partition(", line ")[0]
    return SafetyError("xml_syntax", message[:200] or "The XML is not well-formed", _line(error))


def _line(error: etree.XMLSyntaxError) -> str:
    line = error.position[0] if error.position else 0
    return f"line {line}" if line else ""
