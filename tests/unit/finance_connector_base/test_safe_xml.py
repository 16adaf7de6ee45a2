"""The XML entrance refuses what it must, by name (attack case 26, fault 50)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

import pytest
from lxml import etree

from odoo.addons.finance_connector_base.safe import SafetyError
from odoo.addons.finance_connector_base.safe.encoding import Transcoder, detect
from odoo.addons.finance_connector_base.safe.xml import RecordReader, Step, XmlLimits, document

SECRET = "file:///etc/hostname"


def code(data: bytes | BinaryIO, limits: XmlLimits | None = None) -> str:
    """The reason for which a document is refused, read as records and whole."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    with pytest.raises(SafetyError) as refused:
        list(RecordReader(stream, container="a", record="b", limits=limits))
    if isinstance(data, bytes):
        with pytest.raises(SafetyError) as whole:
            document(data, limits)
        assert whole.value.code == refused.value.code
    return refused.value.code


def records(data: bytes | BinaryIO, limits: XmlLimits | None = None) -> list[str | None]:
    """The texts of the records ``b`` in containers ``a``."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    reader = RecordReader(stream, container="a", record="b", limits=limits)
    found = []
    for step, element in reader:
        if step is Step.RECORD:
            found.append(element.text)
            reader.release(element)
    return found


class Drip(io.RawIOBase):
    """A stream that gives a few bytes at a time, as sockets do."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__()
        self._data = data
        self._size = size
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        part = self._data[self._at : self._at + min(self._size, size if size >= 0 else self._size)]
        self._at += len(part)
        return part


class Endless(io.RawIOBase):
    """A stream that never ends (fault 50: a reply of 5 GB)."""

    def __init__(self, head: bytes, block: bytes) -> None:
        super().__init__()
        self._next = head
        self._block = block
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        part, self._next = self._next[:size], self._next[size:] or self._block
        self.given += len(part)
        return part


DOCTYPES = {
    "external general entity": f'<!DOCTYPE a [<!ENTITY x SYSTEM "{SECRET}">]><a>&x;</a>',
    "external entity by http": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><a>&x;</a>',
    "parameter entity": f'<!DOCTYPE a [<!ENTITY % x SYSTEM "{SECRET}"> %x;]><a/>',
    "billion laughs": '<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;&l;&l;&l;&l;&l;&l;">]><a>&m;</a>',
    "quadratic blow-up": '<!DOCTYPE a [<!ENTITY l "' + "x" * 1000 + '">]><a>' + "&l;" * 1000 + "</a>",
    "entity in an attribute": '<!DOCTYPE a [<!ENTITY l "x">]><a b="&l;"/>',
    "external DTD": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "public DTD": '<!DOCTYPE a PUBLIC "-//X//Y" "http://127.0.0.1:9/a.dtd"><a/>',
    "attribute default": '<!DOCTYPE a [<!ATTLIST a b CDATA "x">]><a/>',
    "harmless": "<!DOCTYPE a><a/>",
    "after a comment": "<!-- --><!DOCTYPE a><a/>",
    "after an instruction": "<?x ?>\n<!DOCTYPE a><a/>",
    "after lines": "\n" * 3000 + "<!DOCTYPE a><a/>",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("name", DOCTYPES)
def test_any_doctype_is_refused_in_any_encoding(name: str, encoding: str) -> None:
    """Attack case 26: XXE, parameter entities, expansion, external DTD, also in UTF-16."""
    assert code(DOCTYPES[name].encode(encoding)) == "doctype"


@pytest.mark.parametrize("declaration", ['<?xml version="1.0"?>', "<?xml version='1.0' encoding='ISO-8859-1'?>"])
def test_doctype_behind_a_declaration(declaration: str) -> None:
    assert code((declaration + "<!DOCTYPE a><a/>").encode()) == "doctype"


def test_doctype_arriving_byte_by_byte() -> None:
    assert code(Drip(DOCTYPES["billion laughs"].encode(), 1)) == "doctype"  # type: ignore[arg-type]


def test_doctype_is_seen_before_the_parser_sees_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    fed: list[bytes] = []
    monkeypatch.setattr(RecordReader, "_feed", lambda self, text: fed.append(text))
    assert code(DOCTYPES["parameter entity"].encode()) == "doctype"
    assert fed == []


@pytest.mark.parametrize(
    "text",
    [
        "+ADwAIQ-DOCTYPE a+AD4-<a/>",
        "<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE a+AD4-<a/>",
        "<?xml version='1.0' encoding='utf7'?><a/>",
        "<?xml version='1.0' encoding='UTF-32'?><a/>",
        "<?xml version='1.0' encoding='cp037'?><a/>",
        "<?xml version='1.0' encoding='punycode'?><a/>",
        "<?xml version='1.0' encoding='raw_unicode_escape'?><a/>",
        "<?xml version='1.0' encoding='shift_jis'?><a/>",
    ],
)
def test_utf_7_and_other_tricks(text: str) -> None:
    """Attack case 26: an encoding that can hide markup is refused, not decoded."""
    assert code(text.encode()) in ("encoding_unsupported", "xml_syntax")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp037"])
def test_wide_encodings_without_mark_are_refused(encoding: str) -> None:
    assert code("<!DOCTYPE a><a/>".encode(encoding)) in ("encoding_unsupported", "xml_syntax")


@pytest.mark.parametrize("text", ["Zoë", "Zo\u00c3", "Zoo"])
@pytest.mark.parametrize("encoding", ["utf-8", "iso8859-1"])
def test_utf_8_under_another_declaration_wherever_it_is_cut(text: str, encoding: str) -> None:
    """The first characters beyond ASCII decide, when they are whole."""
    data = text.encode(encoding)
    for cut in range(len(data) + 1):
        reader = Transcoder(detect(b"<?xml version='1.0' encoding='ISO-8859-1'?>"))
        assert (reader.feed(data[:cut]) + reader.feed(data[cut:]) + reader.feed(b"", final=True)).decode() == text
        assert bool(reader.misdeclared) == (encoding == "utf-8" and not text.isascii())


def test_k02_western_letters_under_utf_8_wherever_they_are_cut() -> None:
    """The same text, or the same refusal with the same line, whatever the pieces."""
    for data, expected in (
        ("<a>\nZoë €\nCafé</a>".encode("cp1252"), "<a>\nZoë €\nCafé</a>"),
        ("<a>\nZoë\n".encode("cp1252") + "é</a>".encode(), "line 3"),
        ("<a>\nZoé\nMartí".encode("cp1252") + b"n \xb3</a>", "line 3"),
    ):
        for cut in range(len(data) + 1):
            reader = Transcoder(detect(b"<?xml version='1.0' encoding='UTF-8'?>"))
            try:
                found = (reader.feed(data[:cut]) + reader.feed(data[cut:]) + reader.feed(b"", final=True)).decode()
                assert reader.misdeclared == "utf-8"
            except SafetyError as error:
                assert error.code == "encoding_wrong"
                found = error.place
            assert found == expected


def test_utf_16_that_declares_something_else() -> None:
    assert code("<?xml version='1.0' encoding='UTF-8'?><a/>".encode("utf-16")) == "encoding_wrong"


@pytest.mark.parametrize("year", ["2001", "2003"])
def test_xinclude_is_refused(year: str) -> None:
    """Attack case 26: the parser would ignore it, nobody means well with it."""
    space = f"http://www.w3.org/{year}/XInclude"
    for text in (
        f'<a><b xmlns:xi="{space}"><xi:include href="{SECRET}"/></b></a>',
        f'<a><b><include xmlns="{space}" href="{SECRET}" parse="text"/></b></a>',
        f'<a xmlns:q="{space.replace("X", "&#88;")}"><b><q:include href="{SECRET}"/></b></a>',
    ):
        assert code(text.encode()) == "xinclude"


def test_include_of_another_namespace_is_an_element() -> None:
    assert records(b"<a><include/><b>1</b></a>") == ["1"]


@pytest.mark.parametrize("size", [260, 300, 100_000])
def test_deep_nesting_is_refused(size: int) -> None:
    """Attack case 26: 300 levels."""
    assert code(b"<a>" * size + b"</a>" * size) == "too_deep"


def test_250_levels_are_read() -> None:
    assert document(b"<a>" * 250 + b"</a>" * 250).tag == "a"


@pytest.mark.parametrize(
    "text",
    [
        "<a><b>" + "x" * 11_000_000 + "</b></a>",
        "<a><b><![CDATA[" + "x" * 11_000_000 + "]]></b></a>",
        '<a><b c="' + "x" * 11_000_000 + '"/></a>',
        "<a><b>" + "x" * 2_000_000 + "</b></a>",
        "<a><x>" + "x" * 2_000_000 + "</x><b/></a>",
        '<a><b c="' + "x" * 2_000_000 + '"/></a>',
    ],
    ids=["text 11 MB", "CDATA 11 MB", "attribute 11 MB", "text 2 MB", "sibling 2 MB", "attribute 2 MB"],
)
def test_long_texts_are_refused(text: str) -> None:
    """Attack case 26: an 11 MB text node; the own limit is 1 MiB."""
    assert code(text.encode(), XmlLimits()) == "text_too_long"


def test_a_long_comment_does_not_fill_the_memory() -> None:
    data = b"<a><!--" + b"x" * 2_000_000 + b"--><b>1</b></a>"
    assert records(data) == ["1"]


@pytest.mark.parametrize(
    "head",
    [b"<a><b>", b"<a><b><c>", b"<a><q/>", b"<x><y>", b"<a><b x='"],
    ids=["text", "tags", "junk", "root", "value"],
)
def test_a_record_without_end_is_cut_off(head: bytes) -> None:
    """Fault 50: bytes are capped while they stream."""
    limits = XmlLimits(record=2 * 1024**2)
    block = b"x" * 4096 if head in (b"<a><b>", b"<a><b x='") else b"<z/>" * 1024
    stream = Endless(head, block)
    assert code(stream, limits) in ("record_too_large", "text_too_long")  # type: ignore[arg-type]
    assert stream.given < 4 * 1024**2


def test_a_file_without_end_is_cut_off() -> None:
    """Fault 50: a reply of 5 GB; here the limit is 3 MiB of good records."""
    stream = Endless(b"<a>", b"<b>1</b>" * 512)
    with pytest.raises(SafetyError) as refused:
        records(stream, XmlLimits(file=3 * 1024**2))  # type: ignore[arg-type]
    assert refused.value.code == "file_too_large"
    assert stream.given < 3 * 1024**2 + 100_000


@pytest.mark.parametrize("filler", [b" ", b"<!-- -->", b"<?x y?>"])
def test_a_prolog_without_end_is_cut_off(filler: bytes) -> None:
    stream = Endless(b"", filler * 512)
    assert code(stream) in ("prolog_too_long", "empty")  # type: ignore[arg-type]
    assert stream.given <= 100_000


def test_a_comment_without_end_is_cut_off() -> None:
    assert code(Endless(b"<!--", b"x" * 4096)) == "prolog_too_long"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "truncated"),
        (b"<!-- only -->", "truncated"),
        (b"<!-- cut", "truncated"),
        (b"text", "xml_syntax"),
        (b" <?xml version='1.0'?><a/>", "xml_syntax"),
        (b"<?xml version='2.0'?><a/>", "xml_syntax"),
        (b"<?xml?><a/>", "xml_syntax"),
        (b"<a></b>", "xml_syntax"),
        (b"<a/><a/>", "xml_syntax"),
        (b"<a/>x<b/>", "xml_syntax"),
        (b"<a b='1' b='2'/>", "xml_syntax"),
        (b"<x:a/>", "xml_syntax"),
        (b"<a>\x00</a>", "xml_syntax"),
        (b"<a>\x08</a>", "xml_syntax"),
        (b"<a>&#0;</a>", "xml_syntax"),
        (b"<a>&#xD800;</a>", "xml_syntax"),
        (b"<a>]]></a>", "xml_syntax"),
        (b"<a><b></a></b>", "xml_syntax"),
        (b"<a>&nope;</a>", "entity"),
        (b"<a b='&nope;'/>", "entity"),
        (b"<a><b>1</b>", "truncated"),
        (b"<a", "truncated"),
        (b"<a><b", "truncated"),
        (b"<a b='", "truncated"),
        (b"<a><![CDATA[", "truncated"),
        (b"<a>\xc3", "truncated"),
        (b"\xff\xfe<\x00a\x00/", "truncated"),
        (b"<?xml version='1.0' encoding='UTF-8'?><a>\xe4\xb9</a>", "encoding_wrong"),
        (b"<?xml version='1.0' encoding='ascii'?><a>\xe4</a>", "encoding_wrong"),
        (b"\xef\xbb\xbf<a>\xe4</a>", "encoding_wrong"),
        (b"<?xml version='1.0' encoding='UTF-8'?><a>\xc0\xaf</a>", "encoding_wrong"),  # overlong slash
        (b"<?xml version='1.0' encoding='UTF-8'?><a>\xed\xa0\x80</a>", "encoding_wrong"),  # lone surrogate
    ],
)
def test_not_well_formed(data: bytes, expected: str) -> None:
    """DESIGN.md invariant 7: nothing is parsed with recovery."""
    assert code(data) == expected


def test_lines_are_counted_through_the_declaration() -> None:
    data = b'<?xml\nversion="1.0"\nencoding="UTF-8"?>\n<a>\n</b>'
    with pytest.raises(SafetyError) as refused:
        records(data)
    assert refused.value.place == "line 5"


class TestRecords:
    """What the reader promises."""

    @pytest.mark.parametrize("size", [1, 7, 100, 100_000])
    def test_each_record_once_in_order_however_the_bytes_arrive(self, size: int) -> None:
        body = "".join(f"<b>{number}</b>\n<c/>" for number in range(2000))
        data = f"<r><a>{body}</a><a/><a><c/></a><a>{body}</a></r>".encode()
        expected = [str(number) for number in range(2000)] * 2
        assert records(Drip(data, size)) == expected  # type: ignore[arg-type]

    def test_a_record_is_given_only_when_it_is_complete(self) -> None:
        parts = iter([b"<a><b><c>1</c>", b"<c>2</c></b>", b"<b/></a>"])

        class Stream(io.RawIOBase):
            def read(self, size: int = -1) -> bytes:
                return next(parts, b"")

        reader = RecordReader(Stream(), container="a", record="b", limits=XmlLimits(prolog=1))  # type: ignore[arg-type]
        assert [(step, len(element)) for step, element in reader] == [
            (Step.RECORD, 2),
            (Step.RECORD, 0),
            (Step.END, 2),
        ]

    def test_the_end_of_a_container_comes_after_its_end(self) -> None:
        def steps(data: bytes) -> Iterator[Step]:
            return (step for step, _element in RecordReader(io.BytesIO(data), container="a", record="b"))

        cut = steps(b"<r><a><b/></a>")
        with pytest.raises(SafetyError):
            assert Step.END not in list(cut)
        assert list(steps(b"<r><a><b/></a></r>")) == [Step.RECORD, Step.END]

    def test_nested_containers_are_not_entered(self) -> None:
        assert records(b"<a><b>1<a><b>2</b></a></b><b>3</b></a>") == ["1", "3"]

    def test_containers_can_be_refused(self) -> None:
        reader = RecordReader(
            io.BytesIO(b"<r><x><a><b/></a></x><y><a><b/><b/></a></y></r>"),
            container="a",
            record="b",
            accept=lambda element: element.getparent() is not None and element.getparent().tag == "y",  # type: ignore[union-attr]
        )
        assert [step for step, _element in reader] == [Step.RECORD, Step.RECORD, Step.END]

    def test_names_count_and_not_namespaces(self) -> None:
        assert records(b"<p:a xmlns:p='x' xmlns:q='y'><p:b>1</p:b><q:b>2</q:b><b>3</b></p:a>") == ["1", "2", "3"]

    def test_a_large_record_is_offered_in_parts(self) -> None:
        body = b"<c>" + b"x" * 1000 + b"</c>"
        data = b"<a><b>" + body * 4000 + b"</b></a>"
        reader = RecordReader(io.BytesIO(data), container="a", record="b", limits=XmlLimits(record=2 * 1024**2))
        seen = 0
        for step, element in reader:
            if step is Step.PART:
                for child in list(element)[:-1]:
                    seen += 1
                    element.remove(child)
                reader.released()
            elif step is Step.RECORD:
                seen += len(element)
        assert seen == 4000

    def test_the_document_helper_reads_small_files(self) -> None:
        root = document(b"<?xml version='1.0' encoding='latin-1'?><a>\xe4</a>")
        assert root.text == "ä"
        with pytest.raises(SafetyError):
            document(b"<a>" + b"<b/>" * 5_000_000 + b"</a>")


_SCHEMA = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
 targetNamespace="urn:a" xmlns="urn:a"><xs:element name="Root"><xs:complexType><xs:sequence>
 <xs:element name="Box" maxOccurs="unbounded"><xs:complexType><xs:sequence>
 <xs:element name="Item" type="xs:integer" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
 </xs:sequence></xs:complexType></xs:element></xs:schema>"""


def test_a_file_is_validated_while_it_is_read_and_freed() -> None:
    """A cut file is refused at every byte, although the parser with a schema takes it for a whole one."""
    schema = etree.XMLSchema(document(_SCHEMA))

    def read(data: bytes) -> int:
        reader = RecordReader(io.BytesIO(data), container="Box", record="Item", schema=schema, root="Root")
        found = 0
        for step, element in reader:
            found += step is Step.RECORD
            reader.release(element)
        return found

    data = b'<Root xmlns="urn:a">' + b"<Box>" + b"<Item>1</Item>" * 5000 + b"</Box><Box><Item>2</Item></Box></Root>"
    assert read(data) == 5001
    small = b'<Root xmlns="urn:a"><Box><Item>1</Item></Box></Root>'
    for size in range(len(small)):
        with pytest.raises(SafetyError):
            read(small[:size])
    for old, new in ((b">1<", b">x<"), (b"Box", b"Bag"), (b"</Box>", b"<More/></Box>"), (b"urn:a", b"urn:b")):
        with pytest.raises(SafetyError) as refused:
            read(small.replace(old, new))
        assert refused.value.code == "schema"


def test_two_documents_in_one_file_say_where_the_second_begins() -> None:
    with pytest.raises(SafetyError) as refused:
        records(b'<?xml version="1.0"?>\n<x><a><b>1</b></a></x>\n<?xml version="1.0"?>\n<x/>')
    assert (refused.value.code, refused.value.place) == ("xml_syntax", "line 3")
    assert "Another XML document begins here" in refused.value.message
