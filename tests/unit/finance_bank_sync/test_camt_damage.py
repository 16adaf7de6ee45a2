"""Cut, mutated and hostile files: refused by name, never taken as complete (faults 41, 50; attack cases 26, 27)."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import camt_text
import pytest

from odoo.addons.finance_bank_sync.formats import Camt052, Camt053, Camt054, FormatError
from odoo.addons.finance_bank_sync.formats.model import Entry, StatementEnd, StatementStart
from odoo.addons.finance_connector_base.safe import SafetyError, archive

FIXTURES = sorted((Path(__file__).resolve().parents[2] / "fixtures" / "camt").glob("*.xml"))
READERS = {"052": Camt052(), "053": Camt053(), "054": Camt054()}
LARGE = camt_text.document(
    camt_text.statement(camt_text.ENTRY * 300) + camt_text.statement(camt_text.ENTRY * 5)
).encode()
DOCTYPES = {
    "external entity": '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    "parameter entity": '<!DOCTYPE Document [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
    "billion laughs": '<!DOCTYPE Document [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;&x;">]>',
    "external DTD": '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/camt.dtd">',
    "harmless": "<!DOCTYPE Document>",
}


def read(data: bytes, path: Path | None = None) -> tuple[list[Any], FormatError | None]:
    """The events of a file up to its end or its refusal."""
    events: list[Any] = []
    try:
        for event in READERS[path.stem[:3] if path else "053"].parse(io.BytesIO(data)):
            events.append(event)
    except FormatError as error:
        return events, error
    return events, None


def check_prefix(events: list[Any], whole: list[Any]) -> None:
    """Nothing but a prefix of the truth, except for what a header could not know yet."""
    assert len(events) < len(whole) or events == whole
    for got, true in zip(events, whole, strict=False):
        assert type(got) is type(true)
        if isinstance(got, Entry):
            assert got == true


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
@pytest.mark.parametrize("part", range(10))
def test_cut_at_every_tenth(path: Path, part: int) -> None:
    """Fault 41: a cut file is an error, and no statement that was cut has an end."""
    data = path.read_bytes()
    events, error = read(data[: len(data) * part // 10], path)
    assert error is not None
    whole, none = read(data, path)
    assert none is None
    check_prefix(events, whole)


@pytest.mark.parametrize("part", range(10))
def test_a_large_file_cut_at_every_tenth(part: int) -> None:
    """Fault 41, with entries given out before the cut is met."""
    cut = len(LARGE) * part // 10
    events, error = read(LARGE[:cut])
    assert error is not None
    ends = sum(isinstance(event, StatementEnd) for event in events)
    assert ends <= LARGE[:cut].count(b"</Stmt>")


def test_cut_at_every_byte() -> None:
    """Fault 41: only blanks behind the last tag may be missing."""
    data = camt_text.document().encode()
    complete = len(data.rstrip())
    for cut in range(len(data)):
        events, error = read(data[:cut])
        if cut >= complete:
            assert error is None
            continue
        assert error is not None, cut
        assert error.code in ("truncated", "empty", "xml_syntax"), (cut, error.code)
        assert not any(isinstance(event, StatementEnd) for event in events), cut


def test_every_cut_of_the_byte_stream_tells_no_end_too_early() -> None:
    """The end of a statement is told after its last tag, also when bytes come slowly."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 1, 700))

    events = list(Camt053().parse(Slow(LARGE)))
    assert sum(isinstance(event, Entry) for event in events) == 305
    assert isinstance(events[-1], StatementEnd)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Change a file as accidents and attackers do."""
    result = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(result))
        kind = chance.randrange(6)
        if kind == 0:
            result[at] = chance.randrange(256)
        elif kind == 1:
            del result[at : at + chance.randint(1, 30)]
        elif kind == 2:
            result[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 5)))
        elif kind == 3:
            other = chance.randrange(len(result))
            result[at:at] = result[other : other + chance.randint(1, 200)]
        elif kind == 4:
            result[at:at] = chance.choice(
                [
                    b"<",
                    b">",
                    b"&",
                    b"&x;",
                    b"]]>",
                    b"<!DOCTYPE x>",
                    b"<![CDATA[",
                    b"-",
                    b"NaN",
                    b"\0",
                    b"\xff\xfe",
                    b"<!--",
                ]
            )
        else:
            result[at] = result[at] ^ (1 << chance.randrange(8))
    return bytes(result)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_mutated_files_are_read_or_refused(path: Path) -> None:
    """Fuzz: nothing but FormatError leaves the parser; identify never raises."""
    data = path.read_bytes()
    for seed in range(400):
        changed = mutated(data, random.Random(f"{path.stem}-{seed}"))
        Camt053().identify(changed[:8192], "x")
        events, error = read(changed)
        if error is None:
            starts = [event for event in events if isinstance(event, StatementStart)]
            assert 0 < len(starts) == sum(isinstance(event, StatementEnd) for event in events)
        else:
            assert error.code
            assert error.message
            assert len(error.value) <= 40


@pytest.mark.parametrize("name", DOCTYPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_any_doctype_is_refused(name: str, encoding: str) -> None:
    """Attack case 26, as a bank file: mine, but refused before it is parsed."""
    data = (DOCTYPES[name] + camt_text.document(declaration="")).replace("Rosa", "&x;").encode(encoding)
    assert Camt053().identify(data, "a.xml")
    events, error = read(data)
    assert events == []
    assert error is not None
    assert error.code == "doctype"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>', "xinclude"),
        ("x" * 11_000_000, "text_too_long"),
        ("x" * 2_000_000, "text_too_long"),
        ("<d>" * 300 + "</d>" * 300, "too_deep"),
        ("&lol;", "entity"),
    ],
    ids=["XInclude", "text of 11 MB", "text of 2 MB", "300 levels", "undeclared entity"],
)
@pytest.mark.parametrize("place", ["INV/2025/0001", "<Id>S-1</Id>", "M-1"])
def test_hostile_contents_are_refused(text: str, code: str, place: str) -> None:
    """Attack case 26, wherever it stands."""
    hostile = camt_text.changed(place, f"{place}<Hostile>{text}</Hostile>" if "<" in place else text)
    events, error = read(hostile.encode())
    assert error is not None
    assert error.code == code
    assert not any(isinstance(event, StatementEnd) for event in events)


def test_an_entry_with_too_many_details_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 50: an entry is one value in memory."""
    monkeypatch.setattr("odoo.addons.finance_bank_sync.formats.camt.entry._MOST_DETAILS", 50)
    start, end = camt_text.ENTRY.index("<TxDtls>"), camt_text.ENTRY.index("</NtryDtls>")
    text = camt_text.changed(camt_text.ENTRY[start:end], "<TxDtls/>" * 51)
    assert camt_text.error(text).code == "entry_too_large"


def test_the_parser_forgets_nothing_between_files() -> None:
    """A refused file leaves no trace in the next one."""
    for data in (LARGE[: len(LARGE) // 2], b"<a>&x;</a>", DOCTYPES["billion laughs"].encode() + LARGE):
        assert read(data)[1] is not None
        events, error = read(LARGE)
        assert error is None
        assert len(events) == 309


def test_a_zip_under_an_xml_name(tmp_path: Path) -> None:
    """Section 8: portals deliver a ZIP with one file a day, even as ``.xml``."""
    import zipfile

    path = tmp_path / "statement.xml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("2025-11-12/a.xml", LARGE)
        packed.writestr("2025-11-13/b.xml", camt_text.document())
    with path.open("rb") as stream:
        assert archive.is_archive(stream.read(8))
        with archive.Archive(stream) as members:
            counts = [sum(isinstance(event, Entry) for event in Camt053().parse(member.stream)) for member in members]
    assert counts == [305, 1]


def test_a_damaged_zip_member_is_a_refusal_and_no_short_statement(tmp_path: Path) -> None:
    """Fault 41 through the archive: the checksum is checked before the end is told."""
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("a.xml", LARGE)
    data = stream.getvalue().replace(b"REF-1", b"REF-2", 1)
    events: list[Any] = []
    with pytest.raises((SafetyError, FormatError)), archive.Archive(io.BytesIO(data)) as members:
        for member in members:
            for event in Camt053().parse(member.stream):
                events.append(event)
    assert sum(isinstance(event, StatementEnd) for event in events) < 2


def test_invented_names_do_not_stay_in_memory() -> None:
    """What is remembered between files is bounded, also against a file that invents names."""
    from odoo.addons.finance_bank_sync.formats.camt import codes as camt_codes
    from odoo.addons.finance_bank_sync.formats.camt import values as camt_values

    names = "".join(f"<X{number}/><y{number}:z xmlns:y{number}='urn:{'u' * 300}{number}'/>" for number in range(9000))
    codes = "".join(camt_text.ENTRY.replace("NTRF+166", f"C{number}") for number in range(2000))
    camt_text.parse(
        camt_text.document(camt_text.statement(camt_text.ENTRY.replace("</Ntry>", f"{names}</Ntry>") + codes))
    )
    assert len(camt_values.LOCAL) <= 2000
    assert max(map(len, camt_values.LOCAL)) <= 200
    assert len(camt_codes._remembered) <= 1024
    camt_text.parse(camt_text.changed("NTRF+166", "C" * 100_000))
    assert max(map(len, camt_codes._remembered)) <= 600
