"""The ZIP entrance refuses what it must, by name (attack case 27, fault 50)."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest

from odoo.addons.finance_connector_base.safe import SafetyError
from odoo.addons.finance_connector_base.safe.archive import Archive, ArchiveLimits, display_name, is_archive


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content, method)
    return stream.getvalue()


def unpacked(data: bytes, limits: ArchiveLimits | None = None) -> list[tuple[str, bytes]]:
    with Archive(io.BytesIO(data), limits) as archive:
        return [(member.name, member.stream.read()) for member in archive]


def code(data: bytes, limits: ArchiveLimits | None = None) -> str:
    with pytest.raises(SafetyError) as refused:
        unpacked(data, limits)
    return refused.value.code


def code_before_the_first_member(data: bytes) -> str:
    """The reason for which the archive is refused as a whole."""
    with pytest.raises(SafetyError) as refused:
        Archive(io.BytesIO(data))
    return refused.value.code


def edited(data: bytes, change: Callable[[bytearray, int, int], None]) -> bytes:
    """An archive of one member whose headers lie: gets the offsets of local and central header."""
    result = bytearray(data)
    change(result, 0, data.index(b"PK\x01\x02"))
    return bytes(result)


def test_members_in_order_with_display_names() -> None:
    data = packed(("2025/a.xml", b"<a/>"), ("b.xml", b"<b/>" * 1000), ("sub\\c.xml", b""))
    assert unpacked(data) == [("a.xml", b"<a/>"), ("b.xml", b"<b/>" * 1000), ("c.xml", b"")]


def test_content_decides_and_not_the_name() -> None:
    assert is_archive(packed(("a.xml", b"x"))[:8])
    assert is_archive(packed()[:8])
    assert not is_archive(b"<?xml version='1.0'?>")
    assert not is_archive(b"PK")


def test_files_of_operating_systems_are_left_out_and_told() -> None:
    data = packed(("a.xml", b"<a/>"), ("__MACOSX/._a.xml", b"x"), (".DS_Store", b"y"), ("folder/", b""))
    with Archive(io.BytesIO(data)) as archive:
        assert [member.name for member in archive] == ["a.xml"]
        assert archive.ignored == ["._a.xml", ".DS_Store"]
        assert len(archive) == 1


def test_an_empty_archive() -> None:
    assert code_before_the_first_member(packed()) == "archive_empty"
    assert code_before_the_first_member(packed(("folder/", b""))) == "archive_empty"


@pytest.mark.parametrize(
    "name", ["../a.xml", "x/../../a.xml", "..\\a.xml", "/etc/passwd", "\\\\host\\a.xml", "C:\\a.xml", "c:a.xml"]
)
def test_a_name_that_leaves_its_folder(name: str) -> None:
    """Attack case 27."""
    assert code_before_the_first_member(packed(("good.xml", b"x"), (name, b"x"))) == "archive_name"


def test_a_name_with_a_nul() -> None:
    data = packed(("a.xmlNULb.exe", b"x")).replace(b"NUL", b"\x00\x00\x00")
    assert code_before_the_first_member(data) == "archive_name"


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices(mode: int) -> None:
    """Attack case 27."""
    info = zipfile.ZipInfo("a.xml")
    info.external_attr = (mode | 0o777) << 16
    assert code_before_the_first_member(packed(("good.xml", b"x"), (info, b"/etc/passwd"))) == "archive_link"


def test_nested_archives() -> None:
    """Attack case 27, whatever the inner one is called."""
    inner = packed(("a.xml", b"<a/>"))
    assert code_before_the_first_member(packed(("a.xml", b"<a/>"), ("b.xml", inner))) == "archive_nested"


@pytest.mark.parametrize("bit", [0x0001, 0x0041, 0x2000])
def test_encrypted(bit: int) -> None:
    """Attack case 27: asking for the password is the caller's task, not guessing one."""

    def encrypt(data: bytearray, local: int, central: int) -> None:
        struct.pack_into("<H", data, local + 6, bit)
        struct.pack_into("<H", data, central + 8, bit)

    assert code_before_the_first_member(edited(packed(("a.xml", b"x")), encrypt)) == "archive_encrypted"


def test_too_many_entries() -> None:
    """Attack case 27: 10,000 entries."""
    data = packed(*((f"{number}.xml", b"") for number in range(10_000)), method=zipfile.ZIP_STORED)
    assert code_before_the_first_member(data) == "archive_too_many"


def test_a_directory_that_hides_how_many_entries_it_has() -> None:
    data = bytearray(packed(*((f"{number}.xml", b"") for number in range(2000)), method=zipfile.ZIP_STORED))
    end = data.rindex(b"PK\x05\x06")
    struct.pack_into("<HH", data, end + 8, 1, 1)
    assert code_before_the_first_member(bytes(data)) in ("archive_too_many", "archive_broken")


def test_a_bomb_by_ratio() -> None:
    """Attack case 27 and fault 50: 100 MB in 100 kB."""
    data = packed(("a.xml", b"\0" * 100_000_000))
    assert len(data) < 200_000
    assert code(data) == "archive_bomb"


def test_a_bomb_is_stopped_while_it_unpacks() -> None:
    data = packed(("a.xml", b"\0" * 100_000_000))
    given = 0
    with pytest.raises(SafetyError), Archive(io.BytesIO(data)) as archive:
        for member in archive:
            while part := member.stream.read(65536):
                given += len(part)
    assert given <= ArchiveLimits().ratio_from + len(data) * ArchiveLimits().ratio


def test_many_small_members_are_a_bomb_together() -> None:
    data = packed(*((f"{number}.xml", b"x" * 100_000) for number in range(50)), method=zipfile.ZIP_STORED)
    assert code(data, ArchiveLimits(total=2_000_000)) == "archive_bomb"


def test_a_member_that_admits_to_be_too_large() -> None:
    data = packed(("a.xml", b"x" * 1000))
    assert code(data, ArchiveLimits(member=999)) == "archive_bomb"


@pytest.mark.parametrize("size", [0, 10, 99_999, 100_001, 4_000_000_000])
def test_lying_sizes(size: int) -> None:
    """Attack case 27: the header says another size than the content has."""

    def lie(data: bytearray, local: int, central: int) -> None:
        struct.pack_into("<L", data, local + 22, size)
        struct.pack_into("<L", data, central + 24, size)

    data = edited(packed(("a.xml", bytes(range(256)) * 390 + b"x" * 160)), lie)
    assert code(data) in ("archive_broken", "archive_size", "archive_bomb")


def test_lying_size_with_a_matching_checksum_gives_no_more_than_it_says() -> None:
    content = b"x" * 1000

    def lie(data: bytearray, local: int, central: int) -> None:
        for offset, place in ((local + 14, local + 22), (central + 16, central + 24)):
            struct.pack_into("<L", data, offset, zlib.crc32(content[:10]))
            struct.pack_into("<L", data, place, 10)

    try:
        assert unpacked(edited(packed(("a.xml", content)), lie)) == [("a.xml", content[:10])]
    except SafetyError as refused:
        assert refused.code in ("archive_broken", "archive_size")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression(method: int) -> None:
    """LZMA may ask for gigabytes of dictionary."""
    assert code_before_the_first_member(packed(("a.xml", b"x" * 100), method=method)) == "archive_method"


def test_a_changed_byte_is_seen() -> None:
    data = bytearray(packed(("a.xml", bytes(range(256)) * 40), method=zipfile.ZIP_STORED))
    data[200] ^= 1
    assert code(bytes(data)) == "archive_broken"


@pytest.mark.parametrize("part", range(1, 10))
def test_a_truncated_archive(part: int) -> None:
    """Fault 41: cut at each tenth."""
    data = packed(("a.xml", bytes(range(256)) * 400), ("b.xml", b"<b/>"), method=zipfile.ZIP_STORED)
    assert code_before_the_first_member(data[: len(data) * part // 10]) == "archive_broken"


def test_overlapping_members_are_no_way_around_the_limits() -> None:
    """A bomb without nesting: every entry of the directory points at the same bytes."""
    data = bytearray(packed(("a.xml", b"\0" * 3_000_000)))
    central = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = bytes(data[central:end])
    many = bytes(data[:central]) + entry * 900 + bytes(data[end:])
    where = many.rindex(b"PK\x05\x06")
    result = bytearray(many)
    struct.pack_into("<HHL", result, where + 8, 900, 900, len(entry) * 900)
    assert code(bytes(result), ArchiveLimits(total=50_000_000)) in ("archive_bomb", "archive_broken")


@pytest.mark.parametrize("seed", range(300))
def test_mutated_archives_only_fail_by_name(seed: int) -> None:
    """Fuzz: no mutation leads to anything but a SafetyError or a read archive."""
    import random

    chance = random.Random(seed)
    data = bytearray(packed(("a.xml", b"<a>" + bytes(range(65, 90)) * 20 + b"</a>"), ("b/c.xml", b"<b/>")))
    for _ in range(chance.randint(1, 6)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    try:
        unpacked(bytes(data))
    except SafetyError:
        pass


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a/b/c.xml", "c.xml"),
        ("a\\b.xml", "b.xml"),
        ("x\r\nSet-Cookie: 1\x1b[2J.xml", "x__Set-Cookie: 1_[2J.xml"),
        ("folder/", "folder"),
        ("", "unnamed"),
        ("e\u202exml.exe", "e_xml.exe"),
        ("y" * 500, "y" * 120),
    ],
)
def test_display_names_are_safe_to_show(name: str, shown: str) -> None:
    assert display_name(name) == shown
