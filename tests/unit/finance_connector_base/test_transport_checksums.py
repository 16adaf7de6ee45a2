"""Checksums and markers beside files (S-03, fault 41)."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.transports.checksums import Digesting, algorithm_of, read_checksum
from odoo.addons.finance_connector_base.transports.files import FileRules, Listed, arrange

DIGEST = hashlib.sha256(b"x").hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        DIGEST,
        DIGEST.upper() + "\n",
        f"{DIGEST}  a.xml\n",
        f"{DIGEST} *a.xml\r\n",
        f"{DIGEST}  /out/today/a.xml",
        f"{DIGEST}  C:\\out\\a.xml",
        f"SHA256 (a.xml) = {DIGEST}",
        f"\ufeff{DIGEST}",
        f"{'0' * 64}  b.xml\n{DIGEST}  a.xml\n",
    ],
)
def test_as_tools_write_them(content: str) -> None:
    assert read_checksum(content.encode(), "a.xml", "sha256") == DIGEST


@pytest.mark.parametrize(
    "content",
    ["", "\n", "hello", DIGEST[:-1], "0" * 32, f"{DIGEST}  b.xml", f"{DIGEST}\n{'0' * 64}", "SHA256 (b.xml) = 00"],
)
def test_what_is_no_checksum_of_the_file_is_refused(content: str) -> None:
    with pytest.raises(ValueError):
        read_checksum(content.encode(), "a.xml", "sha256")


@given(st.binary(max_size=200))
def test_whatever_is_delivered_gives_a_checksum_or_a_refusal(content: bytes) -> None:
    try:
        found = read_checksum(content, "a.xml", "md5")
    except ValueError:
        return
    assert len(found) == 32 and set(found) <= set("0123456789abcdef")


@given(st.lists(st.binary(max_size=50), max_size=5), st.sampled_from(["sha256", "sha512", "md5"]))
def test_what_is_read_through_is_what_is_computed(pieces: list[bytes], algorithm: str) -> None:
    content = b"".join(pieces)
    stream = Digesting(io.BytesIO(content), algorithm)
    assert b"".join(iter(lambda: stream.read(7), b"")) == content
    assert stream.hexdigest() == hashlib.new(algorithm, content).hexdigest()


def listed(*names: str) -> list[Listed]:
    return [Listed(name=name, size=1, modified=float(number)) for number, name in enumerate(names)]


def test_what_belongs_together_is_put_together() -> None:
    names = ("b.xml", "b.xml.sha256", "b.xml.md5", "b.ok", "a.xml", "c.xml.md5", "d.xml.part")
    found = arrange(listed(*names), "*.xml", FileRules(marker=".ok", checksums="required"))
    assert [(one.file.name, one.lacks) for one in found] == [("b.xml", ""), ("a.xml", "marker")]
    assert [companion.name for companion in found[0].companions] == ["b.xml.sha256", "b.xml.md5", "b.ok"]
    assert found[0].checksum and found[0].checksum.name == "b.xml.sha256"


def test_a_checksum_that_is_not_compared_goes_with_its_file() -> None:
    [found] = arrange(listed("a.xml", "a.xml.md5"), "", FileRules(checksums="never"))
    assert found.checksum is None and [one.name for one in found.companions] == ["a.xml.md5"]


NAMES = st.sets(
    st.builds(
        lambda stem, ending: stem + ending,
        st.sampled_from(["a", "b", "a.xml", "b.txt"]),
        st.sampled_from(["", ".xml", ".sha256", ".md5", ".done", ".part", ".xml.sha512", ".xml.done"]),
    ),
    max_size=12,
)


@given(NAMES, st.sampled_from(["", ".done"]), st.sampled_from(["if_there", "required", "never"]))
def test_nothing_that_belongs_to_a_file_is_a_file(names: set[str], marker: str, checksums: str) -> None:
    found = arrange(listed(*sorted(names)), "", FileRules(marker=marker, checksums=checksums))
    files = {one.file.name for one in found}
    assert not any(algorithm_of(name) or (marker and name.endswith(marker)) for name in files)
    assert all(companion.name in names - files for one in found for companion in one.companions)
    for one in found:
        if checksums == "required" and not one.lacks:
            assert one.checksum is not None
