"""Entries that are read without the parser say what they say with it, damaged ones too (K-02)."""

from __future__ import annotations

import io
import random
import re
from pathlib import Path
from typing import Any

import pytest

from odoo.addons.finance_bank_sync.formats import Camt052, Camt053, Camt054, FormatError
from odoo.addons.finance_bank_sync.formats.camt import reader
from odoo.addons.finance_connector_base.safe.xml import RecordReader
from odoo.addons.finance_connector_base.safe.xml_repeats import Shape

FIXTURES = sorted((Path(__file__).resolve().parents[2] / "fixtures" / "camt").glob("*.xml"))
READERS = {"052": Camt052(), "053": Camt053(), "054": Camt054()}
#: with the blanks before it; not the one in the supplementary data of a fixture
_ENTRY = re.compile(rb"""\s*(?<!maas">)<((?:\w+:)?)Ntry>.*?</\1Ntry>""", re.DOTALL)
_TOKENS = (b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&amp;", b"&#0;", b"\x00", b"\xff", b"</Ntry>", b"<Ntry>", b"<",
           b">", b"&", b"\r", b"\n", b"</Stmt>", b"<A>", b'"', b"\xc3\xa4")  # fmt: skip


def many(path: Path, times: int, chance: random.Random) -> bytes:
    """A file of the bank with each of its entries many times, in any order, with other references."""
    data = path.read_bytes()
    entries = list(_ENTRY.finditer(data))
    more = [entry[0] for entry in entries] * times
    chance.shuffle(more)
    told = re.sub(rb"(?<=Id>)[^<>]+(?=<)", lambda _text: b"ID %d" % chance.randrange(10**6), b"".join(more))
    return data[: entries[-1].end()] + told + data[entries[-1].end() :]


def read(data: bytes, path: Path) -> tuple[list[Any], tuple[str, str, str | None] | None]:
    events: list[Any] = []
    try:
        for event in READERS[path.stem[:3]].parse(io.BytesIO(data)):
            events.append(event)
    except FormatError as error:
        return events, (error.code, error.message, error.place)
    return events, None


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_k02_repeated_entries_say_the_same_with_and_without_the_parser(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(path.stem)
    fitted = 0
    read_shape = Shape.read

    def counted(self: Shape, written: str, line: int) -> Any:
        nonlocal fitted
        record = read_shape(self, written, line)
        fitted += record is not None
        return record

    monkeypatch.setattr(Shape, "read", counted)
    data = many(path, 8, chance)
    files = [data]
    for _time in range(40):
        at = chance.randrange(len(data))
        files.append(data[:at] + chance.choice(_TOKENS) + data[at + chance.choice((0, 0, 1, 9)) :])
    without = [read(file, path) for file in files]
    assert without[0][1] is None
    assert fitted >= len(_ENTRY.findall(data)), "most entries of most files"
    monkeypatch.setattr(reader, "RepeatingRecordReader", RecordReader)
    for file, (events, error) in zip(files, without, strict=True):
        whole, told = read(file, path)
        assert (error is None) == (told is None)
        if error is None:
            assert events == whole
        else:
            # the parser meets a fault before the entries of the same piece of the file are given out
            assert events[: len(whole)] == whole[: len(events)]
