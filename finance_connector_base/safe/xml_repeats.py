"""Records of an XML file that are written like an earlier one, read without the parser.

A bank writes its entries by a program: the same elements in the same order with the same blanks, and other texts.
So a record the parser has accepted is kept as a *shape*: its markup to the letter, with gaps where the texts stand.
Where the file goes on with that markup, and with texts that hold neither markup nor references nor characters that
XML forbids, the parser could only come to the same elements, and is not asked. Anything else goes to the parser:
what a shape does not fit is never an error here.

The same markup means the same elements only under the same prefixes: a container with others begins anew. And it must
be known where a record begins. It does where the parser has just told the end of one, with nothing fed behind it, and
again behind each record that a shape has fitted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from lxml import etree

from .xml import Element, Event, RecordReader, Step, local_name

#: a tag, by what it is made of: closing, name, attributes, empty
_TAG = re.compile(r"<(/?)([^<>\s/!?]+)([^<>]*?)(/?)>")
_TEXT_BETWEEN_TAGS = re.compile(r">[^<>]+<")
_TEXT_BEFORE_END = re.compile(r">([^<>]+)</")
#: bytes of a record that is looked at as a whole; longer ones are collective bookings, which seldom repeat
_LONGEST = 32 * 1024
#: shapes that are tried on a record, and records without a shape that are remembered
_TRIED = 12
_SEEN = 512
#: shapes that are learned anyway; how many records must have fitted for each more, as learning costs what they save
_FREE = 12
_PAYS = 20
#: records that fitted nothing, before it counts how many others did; one that fits saves twice what looking costs
_PATIENCE = 200
_WORTH = 2


class Node(list["Node"]):
    """What a shape has instead of an element, for whoever only reads: tag, text, attributes, children, parent, line.

    It holds what the record last read holds, and nothing once the next one is read.
    """

    __slots__ = ("_attributes", "_leaves", "_line", "_parent", "_record", "_tags", "tag", "text")

    # an element is equal to nothing but itself
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self, element: Element, parent: Node | None, line: int) -> None:
        """Take over what does not change: all but the text.

        :param line: of the tag, counted from the record's
        """
        super().__init__()
        self.tag = str(element.tag)
        self.text: str | None = None
        self._attributes = {str(name): str(value) for name, value in element.attrib.items()}
        self._line = line
        self._parent = parent
        self._tags = ""
        self._leaves: list[Node] = []
        if parent is not None:
            self._record: Record = parent._record
            parent.append(self)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return an attribute."""
        return self._attributes.get(name, default)

    def getparent(self) -> Element | None:
        """Return the parent."""
        return cast(Element, self._parent)

    def getprevious(self) -> Element | None:
        """Return the sibling before; a record has none, as if all before it were freed."""
        position = self._parent.index(self) if self._parent is not None else 0
        return cast(Element, self._parent[position - 1]) if self._parent is not None and position else None

    def iter(self) -> Iterator[Node]:
        """Yield the element and all below it, as they are written."""
        yield self
        for child in self:
            yield from child.iter()

    def content(self) -> tuple[str, ...]:
        """Return the tags, and the texts below."""
        if not self._tags:
            below = list(self.iter())
            self._tags = " ".join(f"{len(node)}{node.tag}" for node in below)
            self._leaves = [node for node in below if not len(node)]
        return self._tags, *[node.text or "" for node in self._leaves]

    @property
    def sourceline(self) -> int:
        """The line in the file."""
        return self._record.line + self._line


class Record(Node):
    """The record itself."""

    __slots__ = ("container", "line")

    def __init__(self, element: Element, line: int) -> None:
        """Take over what does not change; where it stands is told with each record."""
        super().__init__(element, None, line)
        self._record = self
        #: the line in the file at which the text of the record begins
        self.line = 0
        self.container: Element | None = None

    def getparent(self) -> Element | None:
        """Return the container."""
        return self.container


def _means_itself(text: str) -> bool:
    """Say whether XML leaves a text without ``<`` as it is written, and allows it.

    References begin with ``&``, and ``]]>`` is not allowed. What is not printable holds all that XML forbids or changes
    (control characters and line breaks, production 2 and section 2.11), and more, which then goes to the parser.
    """
    return "&" not in text and ">" not in text and text.isprintable()


class Shape:
    """The markup of a record, with gaps for the texts.

    Comparing the pieces of markup one after the other takes twice as long as one regular expression of them all, which
    would take as long to compile as a hundred records to read.
    """

    def __init__(self, pieces: list[str], record: Record, gaps: list[Node]) -> None:
        """Take over a shape.

        :param pieces: the markup before, between and behind the texts; all but the first begin with an end tag
        :param gaps: the elements whose texts stand between the pieces
        """
        self._begin = pieces[0]
        self._gaps = [(piece, len(piece), node) for piece, node in zip(pieces[1:], gaps, strict=True)]
        self._record = record

    @classmethod
    def of(cls, written: str, element: Element) -> Shape | None:
        """Learn the shape of a record.

        :param written: the text of the record, from the blanks before it to its end
        :param element: what the parser made of it
        :return: None where text and element cannot be laid side by side
        """
        elements = element.iter()
        above: list[Node] = []
        gaps: list[Node] = []
        pieces = [""]
        record: Record | None = None
        opened: Node | None = None
        end = line = 0
        for tag in _TAG.finditer(written):
            between = written[end : tag.start()]
            line += between.count("\n") + tag[0].count("\n")
            end = tag.end()
            closing, name, _attributes, empty = tag.groups()
            if closing and opened is not None:
                if "\n" in between:
                    return None
                pieces.append("")
                gaps.append(opened)
            elif between.strip(" \t\r\n"):
                return None
            else:
                pieces[-1] += between
            pieces[-1] += tag[0]
            opened = None
            if closing:
                if not above:
                    return None
                above.pop()
                continue
            made = next(elements, None)
            if made is None or (record is not None and not above) or local_name(made) != name.rpartition(":")[2]:
                return None
            node = Node(made, above[-1], line) if above else Record(made, line)
            record = record or cast(Record, node)
            if not empty:
                above.append(node)
                opened = node
        if record is None or above or end != len(written) or next(elements, None) is not None:
            return None
        shape = cls(pieces, record, gaps)
        return shape if shape._fits(written, element) else None

    def _fits(self, written: str, element: Element) -> bool:
        """Say whether the shape comes to what the parser came to.

        Where it does not read the record it was learned from, nothing would say that tags end where they seem to.
        """
        read = self.read(written, 0)
        return read is not None and all(
            node.tag == made.tag and (node.text or "") == ((made.text or "") if not len(made) else "")
            for node, made in zip(read.iter(), element.iter(), strict=True)
        )

    def read(self, written: str, line: int) -> Record | None:
        """Read another record, if it is written in this shape.

        :param line: the line in the file at which ``written`` begins
        """
        if not written.startswith(self._begin):
            return None
        start = len(self._begin)
        texts = []
        for piece, length, _node in self._gaps:
            end = written.find("<", start)
            if not written.startswith(piece, end):
                return None
            texts.append(written[start:end])
            start = end + length
        if start != len(written) or not _means_itself("".join(texts)):
            return None
        for text, (_piece, _length, node) in zip(texts, self._gaps, strict=True):
            node.text = text or None
        self._record.line = line
        return self._record


class Shapes:
    """The shapes of a file, the one that fitted last before the others."""

    def __init__(self) -> None:
        self._shapes: list[Shape] = []
        self._seen: set[int] = set()
        self._learned = 0
        self._fitted = 0
        self._unfitted = 0

    def read(self, written: str, line: int) -> Record | None:
        """Read a record, if it is written in one of the shapes."""
        for position, shape in enumerate(self._shapes):
            record = shape.read(written, line)
            if record is not None:
                if position:
                    del self._shapes[position]
                    self._shapes.insert(0, shape)
                self._fitted += 1
                return record
        self._unfitted += 1
        return None

    def learn(self, written: str, element: Element) -> None:
        """Keep the shape of a record that fitted none, if it is not the first that is written so."""
        texts = [text for text in _TEXT_BEFORE_END.findall(written) if not text.isspace()]
        if self._learned > _FREE + self._fitted / _PAYS or not _means_itself("".join(texts)):
            return
        key = hash(_TEXT_BETWEEN_TAGS.sub("><", written))
        if key not in self._seen:
            if len(self._seen) < _SEEN:
                self._seen.add(key)
            return
        self._seen.discard(key)
        self._learned += 1
        shape = Shape.of(written, element)
        if shape is not None:
            self._shapes = [shape, *self._shapes[: _TRIED - 1]]

    @property
    def is_useful(self) -> bool:
        """Whether the file repeats itself enough."""
        return self._unfitted < _PATIENCE or self._unfitted < _WORTH * self._fitted


class RepeatingRecordReader(RecordReader):
    """Streams the records out of an XML file whose records are written alike.

    As :class:`~.xml.RecordReader`, but a record may be a :class:`Node`, which is good until the next step.
    """

    _events: tuple[Event, ...] = ("start", "end")

    def __init__(self, stream: BinaryIO, **options: Any) -> None:
        """Prepare to read; the options are those of a reader without a schema."""
        super().__init__(stream, **options)
        #: None once it has shown that the file does not repeat itself
        self._shapes: Shapes | None = Shapes()
        #: prefixes of the container
        self._namespaces: dict[str | None, str] = {}
        #: how the first record ends, prefix included
        self._ending = b""
        self._any_beginning = re.compile(rb"<((?:[\w.-]+:)?%s)[\s>]" % re.escape(self._record.encode()))
        #: not fed yet: the beginning of what comes next
        self._rest = b""
        #: what comes next stands right behind a record
        self._is_between = False
        #: the line at which it begins
        self._line = 1
        #: lines of records that the parser has not seen
        self._unfed_lines = 0
        #: while the last byte of what could be a record is fed: its text, or nothing where there is more than a record
        self._candidate: str | None = None

    def _open(self, element: Element) -> None:
        super()._open(element)
        # the same markup, and other namespaces
        if self._shapes is not None and element.nsmap != self._namespaces:
            self._shapes, self._namespaces = Shapes(), dict(element.nsmap)

    def release(self, element: Element) -> None:
        """Free a complete record or container and everything before it under the same parent."""
        given: object = element
        if isinstance(given, Node):
            self._released = self._fed
        else:
            super().release(element)

    def _read(self, text: bytes) -> Iterator[tuple[Step, Element]]:
        if not self._ending and (beginning := self._any_beginning.search(text)):
            self._ending = b"</%s>" % beginning[1]
        if self._shapes is None or not self._ending:
            yield from super()._read(text)
            self._line += text.count(b"\n")
            return
        text = self._rest + text
        start = 0
        while (end := text.find(self._ending, start)) >= 0:
            end += len(self._ending)
            yield from self._read_record(text[start:end])
            start = end
        self._rest = text[start:]
        if len(self._rest) > _LONGEST or not self._shapes.is_useful:
            yield from self._read_rest()
            if not self._shapes.is_useful:
                self._shapes = None

    def _read_record(self, written: bytes) -> Iterator[tuple[Step, Element]]:
        """Read a record, and whatever else stands before its end."""
        lines = written.count(b"\n")
        readable = _decoded(written) if self._is_between and len(written) <= _LONGEST else ""
        record = self._shapes.read(readable, self._line) if readable and self._shapes is not None else None
        if record is not None:
            record.container = self._container
            yield Step.RECORD, cast(Element, record)
            self._unfed_lines += lines
        else:
            yield from self._feed_lines()
            yield from super()._read(written[:-1])
            # by itself: if the last byte ends a record, the parser stands right behind that
            self._is_between, self._candidate = False, readable
            yield from super()._read(written[-1:])
            self._candidate = None
        self._line += lines

    def _ends(self, element: Element) -> bool:
        if self._candidate is None or self._container is None or element.getparent() is not self._container:
            return super()._ends(element)
        if self._candidate and self._shapes is not None:
            self._shapes.learn(self._candidate, element)
        self._is_between = True
        return True

    def _read_rest(self) -> Iterator[tuple[Step, Element]]:
        yield from self._feed_lines()
        rest, self._rest = self._rest, b""
        yield from super()._read(rest)
        self._is_between = self._is_between and not rest
        self._line += rest.count(b"\n")

    def _feed_lines(self) -> Iterator[tuple[Step, Element]]:
        """Have the parser count the lines it has not seen: in a comment, of which nothing stays."""
        if self._unfed_lines:
            lines, self._unfed_lines = self._unfed_lines, 0
            yield from super()._read(b"<!--" + b"\n" * lines + b"-->")


def content_of(element: Element) -> tuple[str, ...]:
    """Return something short to make that is equal for elements with the same tags and texts.

    What looks different in the file may be different here, and a node is never equal to an element.
    """
    given: object = element
    if isinstance(given, Node):
        return given.content()
    return (etree.tostring(element, encoding="unicode", with_tail=False),)


def _decoded(written: bytes) -> str:
    """Return the text, or nothing where it is not UTF-8: the parser tells where."""
    try:
        return written.decode()
    except UnicodeDecodeError:
        return ""
