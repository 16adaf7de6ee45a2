"""Records written like an earlier one are read without the parser, and come to the same (K-02, S-20)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.safe import SafetyError
from odoo.addons.finance_connector_base.safe.xml import Element, RecordReader, Step, XmlLimits
from odoo.addons.finance_connector_base.safe.xml_repeats import Node, RepeatingRecordReader, content_of

RECORD = """
    <Item id="1">
      <No>{number}</No>
      <Amt Ccy="EUR">{amount}</Amt><Nil/>
      <Who><Nm>{name}</Nm><Nm>{name}</Nm></Who>
    </Item>"""

Seen = list[Any]


def record(number: int, amount: str = "1.00", name: str = "Ann") -> str:
    return RECORD.format(number=number, amount=amount, name=name)


def alike(count: int, first: int = 1) -> str:
    return "".join(record(number, f"{number}.50", f"Customer {number}") for number in range(first, first + count))


def document(*inside: str | bytes) -> bytes:
    """Build a file with one container."""
    parts = (part if isinstance(part, bytes) else part.encode() for part in inside)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n<Doc>\n<Box><Head>h</Head>' + b"".join(parts) + b"</Box>\n</Doc>"


def look(element: Any) -> Seen:
    """Return all that an element says."""
    return [
        element.tag,
        element.text if element.text and element.text.strip() else None,
        {name: element.get(name) for name in ("id", "Ccy")},
        element.sourceline,
        [look(child) for child in element],
    ]


def read(data: bytes, reader: type[RecordReader] = RepeatingRecordReader, limits: XmlLimits | None = None) -> Seen:
    """Return what a reader gives: steps with elements, and the error it ends with."""
    seen: Seen = []
    records = reader(io.BytesIO(data), container="Box", record="Item", limits=limits)
    try:
        for step, element in records:
            said = look(element)
            if step is Step.END:  # with what is left of the last record that the parser has seen
                said[4] = [child for child in said[4] if not child[0].endswith("Item")]
            seen.append((step, said))
            if step is Step.RECORD:
                assert element.getparent() is not None and element.getparent().tag.endswith("Box")
            if step is not Step.PART:
                records.release(element)
    except SafetyError as error:
        seen.append((error.code, error.message, error.place))
    return seen


def without_parser(data: bytes) -> int:
    """Count the records that the parser has not seen."""
    records = RepeatingRecordReader(io.BytesIO(data), container="Box", record="Item")
    count = 0
    for step, element in records:
        count += isinstance(element, Node)
        if step is not Step.PART:
            records.release(element)
    return count


def assert_same(data: bytes) -> None:
    """Both readers come to the same; the parser alone tells a fault before the records that stand before it."""
    plain, repeating = read(data, RecordReader), read(data)
    assert repeating[-1:] == plain[-1:]
    assert len(repeating) >= len(plain)
    assert repeating[: len(plain) - 1] == plain[:-1]


def test_k02_records_written_alike_need_no_parser() -> None:
    data = document(alike(8))
    assert without_parser(data) == 5, "one tells how records end, one is new, and one comes again"
    assert_same(data)
    items = [seen for step, seen in read(data) if step is Step.RECORD]
    assert [item[4][0][1] for item in items] == [str(number) for number in range(1, 9)]
    assert [item[3] for item in items] == [4 + 5 * number for number in range(8)], "each on its own line"


def test_k02_shapes_may_change_and_come_back() -> None:
    other = "<Item><No>{}</No></Item>".format
    data = document(*(record(number) + other(number) for number in range(12)))
    assert without_parser(data) == 24 - 5
    assert_same(data)


@pytest.mark.parametrize(
    "text",
    ["", "  ", " padded ", "ä € 漢 😀", "Smith &amp; Sons", "&#65;", "&lt;b&gt;", "a > b", "<![CDATA[x]]>",
     "two\nlines", "a\r\nb", "a<!-- not said -->b", "a<?not said?>b", "x" * 500, "\x7f\x85\u2028", "</No>",
     "\x01", "]]>", "&unknown;", "&", "<", "<x/>", "\ufffe"],
)  # fmt: skip
def test_k02_any_text_comes_to_the_same(text: str) -> None:
    assert_same(document(alike(5), record(6, name=text), alike(5, first=7)))
    assert_same(document(record(1, name=text), record(2, name=text), record(3, name=text), alike(3)))


@pytest.mark.parametrize(
    "between",
    [
        "<!--" + alike(3) + "-->",
        "<?copy " + alike(3) + "?>",
        "<![CDATA[" + alike(3) + "]]>",
        "<!-- <Item></Item> -->" + record(9),
        "</Box><Box>",
        '</Box><Box xmlns="urn:x">',
        "</Box><Other>" + alike(3) + "</Other><Box>",
        "<Other>" + alike(3) + "</Other>",
        "<Item>" + alike(3) + "</Item>",
        "<Sum>3</Sum>",
        "text",
        record(9).replace("</Item>", "</Item >"),
        record(9).replace("</Item>", "</Item ><!--") + "-->",
        record(9).replace('id="1"', 'id="2"'),
        record(9).replace('id="1"', 'id="a>b"'),
        record(9).replace("<Item ", '<Item xmlns="urn:x" '),
        record(9).replace("<Nil/>", "<Nil/><Nil/>"),
        record(9).replace("<Nil/>", ""),
        record(9).replace("</Who>", ""),
        record(9).replace("\n", "\r\n"),
        "<Item/>",
        "<!DOCTYPE Doc>",
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="x"/>',
        b"\xff\xfe",
        b"\xc3",
        record(9).encode() + b"\x00",
        "</Item>",
        "</Doc>",
    ],
)
def test_k02_what_stands_between_records_comes_to_the_same(between: str | bytes) -> None:
    assert_same(document(alike(4), between, alike(4, first=20)))
    assert_same(document(alike(4), between))


@pytest.mark.parametrize("text", ["1.00", "&amp;", "<![CDATA[1]]>", "\u00a0"])
def test_k02_a_shape_is_learned_from_what_it_reads_itself(text: str) -> None:
    """An attribute with ``>`` looks as if the tag ended there: then a broken one would do, too."""
    odd = record(1, text).replace('Ccy="EUR"', 'Ccy="E>R"')
    assert_same(document(odd * 5))
    assert_same(document(odd * 5, record(2).replace('Ccy="EUR"', 'Ccy="E')))
    assert_same(document(record(1, text) * 5, alike(5)))


def test_k02_prefixes_are_part_of_the_shape() -> None:
    data = document(alike(6)).replace(b"<Item", b"<p:Item").replace(b"</Item", b"</p:Item")
    data = data.replace(b"<Doc", b'<Doc xmlns:p="urn:p"')
    assert without_parser(data) == 3
    assert_same(data)


def test_k02_a_fault_behind_many_records_names_its_line() -> None:
    data = document(alike(400), record(1, name="<"))
    assert without_parser(document(alike(400))) == 397
    line = data[: data.index(b"<Nm><")].count(b"\n") + 1
    assert read(data)[-1][2] == f"line {line}"


def test_k02_a_large_record_is_offered_in_parts() -> None:
    large = "<Item>" + "<Part>" + "x" * 1000 + "</Part>" * 1 + ("<Part>" + "y" * 1000 + "</Part>") * 200 + "</Item>"
    limits = XmlLimits(part=64 * 1024)
    seen = read(document(alike(4), large, large, large, alike(4)), limits=limits)
    assert Step.PART in [step for step, _element in seen]
    assert sum(step is Step.RECORD for step, _element in seen) == 11
    assert without_parser(document(large, large, large)) == 0, "longer than what is looked at as a whole"


def test_k02_a_record_over_the_limit_is_refused_behind_others_too() -> None:
    limits = XmlLimits(record=256 * 1024, part=64 * 1024)
    seen = read(document(alike(4), "<Item><No>" + "1" * 900_000 + "</No></Item>"), limits=limits)
    assert seen[-1][0] == "record_too_large"


def test_k02_a_file_that_does_not_repeat_itself_is_left_to_the_parser() -> None:
    different = [f"<Item><A{number}>{'x' * 100}</A{number}></Item>" for number in range(1000)]
    assert without_parser(document(*different[:100], alike(100))) == 98
    data = document(*different, alike(100))
    assert without_parser(data) == 0
    assert_same(data)


def test_k02_memory_holds_few_shapes() -> None:
    shapes = [f"<Item><A{number}>x</A{number}></Item>" for number in range(40)]
    records = RepeatingRecordReader(io.BytesIO(document(*shapes * 6)), container="Box", record="Item")
    for _step, element in records:
        records.release(element)
        assert records._shapes is None or len(records._shapes._shapes) <= 12


def test_k02_a_node_answers_as_an_element_does() -> None:
    records = RepeatingRecordReader(io.BytesIO(document(alike(5))), container="Box", record="Item")
    nodes: list[Element] = []
    for step, element in records:
        if isinstance(element, Node):
            nodes.append(element)
            who = element[-1]
            first, second = who
            assert (first.getparent(), second.getprevious(), first.getprevious()) == (who, first, None)
            assert element.getprevious() is None
            assert first != second and who.index(second) == 1, "equal to nothing but itself"
            assert [node.tag for node in element.iter()] == ["Item", "No", "Amt", "Nil", "Who", "Nm", "Nm"]
            assert content_of(first) == content_of(second) != content_of(element[0])
        if step is not Step.PART:
            records.release(element)
    assert len(nodes) == 2


_SHAPES = (record(1), record(2, name=""), "<Item><No>3</No></Item>", "\n<Item id='1'/>")
_TOKENS = ("<!--", "-->", "<![CDATA[", "]]>", "&amp;", "&#0;", "\x00", "</Item>", "<Item>", "<Item/>", "</Box>",
           "<Box>", "\r", "\n", ">", "<", "&", "/", '"', "<?x", "?>", "</Item >", "ä", "\ufffe")  # fmt: skip


@given(
    shapes=st.lists(st.sampled_from(_SHAPES), max_size=12),
    place=st.floats(0, 1, exclude_max=True),
    damage=st.one_of(st.sampled_from(_TOKENS).map(str.encode), st.binary(min_size=1, max_size=2)),
    cut=st.integers(0, 12),
)
@example(shapes=[record(1)] * 6, place=0.5, damage=b"<!--", cut=0)
def test_k02_a_damaged_file_comes_to_the_same(shapes: list[str], place: float, damage: bytes, cut: int) -> None:
    data = document(*shapes)
    start = data.index(b"</Head>") + 7
    at = start + int(place * (len(data) - start))
    assert_same(data[:at] + damage + data[at + cut :])
