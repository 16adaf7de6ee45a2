"""What COPY is given is what was meant: PostgreSQL, COPY, "Text Format"."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine import copying
from odoo.addons.finance_connector_base.engine.copying import copy_rows, text_of


class Cursor:
    def copy_expert(self, statement, content):
        self.statement, self.content = statement, content.read()


def read_back(text):
    """A field of COPY's text form, by the rules of the documentation."""
    if text == "\\N":
        return None
    signs, out = iter(text), []
    for sign in signs:
        if sign == "\\":
            sign = next(signs)
            sign = {"t": "\t", "n": "\n", "r": "\r"}.get(sign, sign)
        out.append(sign)
    return "".join(out)


@given(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_comes_back(value):
    written = text_of(value)
    assert not set(written) & set("\t\n\r")
    assert read_back(written) == value


def test_other_values():
    assert [text_of(v) for v in (True, False, 7, Decimal("-1.50"), date(2026, 3, 1))] == [
        "t",
        "f",
        "7",
        "-1.50",
        "2026-03-01",
    ]


def test_a_zero_byte_is_refused():
    with pytest.raises(ValueError, match="zero byte"):
        text_of("a\0b")


def test_however_many_rows_go_so_many_at_a_time(monkeypatch):
    monkeypatch.setattr(copying, "AT_ONCE", 2)
    sent = []

    class Collecting:
        def copy_expert(self, _statement, content):
            sent.append(content.read())

    copy_rows(Collecting(), "t", ("a", "b"), ({"a": number, "b": ""} for number in range(5)))
    assert sent == ["0\t\n1\t\n", "2\t\n3\t\n", "4\t\n"]
    copy_rows(Collecting(), "t", ("a",), [])
    assert len(sent) == 3


def test_rows_have_the_columns_in_their_order():
    cursor = Cursor()
    copy_rows(cursor, "some_table", ("b", "a"), [{"a": 1, "b": None}, {"a": 2, "b": "x\ty"}])
    assert cursor.statement == 'COPY "some_table" (b, a) FROM STDIN'
    assert cursor.content == "\\N\t1\nx\\ty\t2\n"


@given(st.integers(0, 3 * copying.IN_ONE_PIECE))
def test_pieces_are_the_whole(count):
    pieces = []

    class Asking:
        def copy_expert(self, _statement, content):
            while piece := content.read(1):
                pieces.append(piece)

    copy_rows(Asking(), "t", ("a",), ({"a": number} for number in range(count)))
    assert "".join(pieces) == "".join(f"{number}\n" for number in range(count))
    assert all(piece.count("\n") <= copying.IN_ONE_PIECE for piece in pieces)
