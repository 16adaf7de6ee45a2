"""Who is named inside of a file is found wherever it stands in it (G-09)."""

from __future__ import annotations

import gzip
import io
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.retention import search

WORDS = search.Words(["Jürgen Müller", "DE89 3704 0044 0532 0130 00", "", "ab"])


@pytest.mark.parametrize(
    "text",
    [
        "JÜRGEN MÜLLER",
        "an Jürgen\n   Müller, Bonn",
        "J&uuml;rgen M&#252;ller",
        "DE89370400440532013000",
        "de89-3704-0044-0532-0130-00",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "latin-1"])
def test_it_is_found_however_it_is_written(text, encoding):
    assert WORDS.in_stream(io.BytesIO(f"x{text}y".encode(encoding)))
    with tempfile.SpooledTemporaryFile(max_size=10) as spool:
        spool.write(gzip.compress(text.encode(encoding)))
        spool.seek(0)
        assert WORDS.in_gzip(spool)


def test_others_are_not_found():
    assert not WORDS.in_text("Jürgen Meier, ab, DE89370400440532013001")
    assert not search.Words(["", "ab", "   "])
    assert not search.Words([]).in_stream(io.BytesIO(b"anything"))
    with pytest.raises(ValueError, match="broken"):
        WORDS.in_gzip(io.BytesIO(b"\x1f\x8bbroken"))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300), st.sampled_from(["utf-8", "utf-16-le"]))
def test_the_border_of_a_piece_hides_nobody(place, encoding):
    size = 1 if encoding == "utf-8" else 2
    data = ("." * ((search.PIECE // size) - place) + "Jürgen Müller" + "." * 100).encode(encoding)
    assert WORDS.in_stream(io.BytesIO(data))
