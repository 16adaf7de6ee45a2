"""Names and bytes around the message: namespaces, prefixes, envelopes, encodings (K-02)."""

from __future__ import annotations

import camt_text
import pytest

from odoo.addons.finance_bank_sync.formats import AmbiguousFormat, Camt053, UnknownFormat, detect

STANDARD = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.{}"


def identified(text: str | bytes, name: str = "a.xml") -> bool:
    head = (text.encode() if isinstance(text, str) else text)[:8192]
    return Camt053().identify(head, name)


@pytest.mark.parametrize("version", [f"{number:02d}" for number in range(2, 15)])
def test_every_version(version: str) -> None:
    text = camt_text.document(namespace=STANDARD.format(version))
    assert identified(text)
    assert camt_text.start(text).format == f"camt.053.001.{version}"
    assert camt_text.warnings(text) == []


@pytest.mark.parametrize("version", ["01", "15", "99"])
def test_other_versions_are_read_with_a_warning(version: str) -> None:
    text = camt_text.document(namespace=STANDARD.format(version))
    assert camt_text.entry(text).money.amount == 100
    assert camt_text.warnings(text) == [("version_unknown", f"camt.053.001.{version}")]


@pytest.mark.parametrize(
    ("namespace", "code"),
    [
        ("", "camt.053"),
        ("ISO:camt.053:APC:STUZZA:payments:003", "camt.053"),
        ("urn:iso:std:iso:20023:tech:xsd:camt.053.001.08", "camt.053.001.08"),
        ("URN:anything:camt.053.001.02", "camt.053.001.02"),
    ],
)
def test_legacy_namespaces(namespace: str, code: str) -> None:
    text = camt_text.document(namespace=namespace)
    assert identified(text)
    assert camt_text.start(text).format == code
    assert len(camt_text.entries(text)) == 1


def test_prefixes() -> None:
    text = camt_text.document().replace("</", "<//").replace("<", "<ns2:").replace("<ns2://", "</ns2:")
    text = text.replace("<ns2:?xml", "<?xml").replace("xmlns=", "xmlns:ns2=")
    assert identified(text)
    assert camt_text.entry(text).details == camt_text.entry(camt_text.document()).details


def test_envelope() -> None:
    inner = camt_text.document(declaration="")
    text = f"{camt_text.DECLARATION}<E xmlns='urn:x'><AppHdr><Ntry/><Stmt><Ntry/></Stmt></AppHdr>{inner}{inner}</E>"
    assert identified(text)
    assert len(camt_text.entries(text)) == 2


def test_the_group_header_of_the_own_message_counts() -> None:
    first = camt_text.document(declaration="")
    second = first.replace("M-1", "M-2").replace("S-1", "S-2").replace("<BkToCstmrStmt>", "<BkToCstmrStmt><X/>")
    events = camt_text.parse(f"<E>{first}{second}</E>")
    assert [event.message_id for event in events if hasattr(event, "message_id")] == ["M-1", "M-2"]


def test_lookalikes_in_supplementary_data_are_not_read() -> None:
    fake = "<SplmtryData><Envlp><Stmt><Ntry><Amt>x</Amt></Ntry></Stmt><Ntry/><TxDtls/></Envlp></SplmtryData>"
    text = camt_text.changed("</TxDtls>", f"{fake}</TxDtls>")
    text = camt_text.changed("</Ntry>\n</Stmt>", f"</Ntry>\n{fake}</Stmt>", text)
    text = camt_text.changed("</BkToCstmrStmt>", f"{fake}</BkToCstmrStmt>", text)
    assert len(camt_text.entries(text)) == 1


class TestEncodings:
    """Section 9: wrong, missing and unusual encodings."""

    TEXT = camt_text.document().replace("Rosa Lindner", "Zoë Müller €")

    def name(self, data: bytes) -> str | None:
        party = camt_text.entry(data).details[0].counterparty
        return party.name if party else None

    @pytest.mark.parametrize("encoding", ["UTF-8", "iso-8859-15", "ISO8859-15", "windows-1252", "utf-8-sig"])
    def test_declared(self, encoding: str) -> None:
        declared = "UTF-8" if encoding == "utf-8-sig" else encoding
        assert self.name(self.TEXT.replace("UTF-8", declared).encode(encoding)) == "Zoë Müller €"

    @pytest.mark.parametrize("encoding", ["cp437", "IBM850", "cp852", "cp858"])
    def test_k02_a_dos_encoding_that_is_declared(self, encoding: str) -> None:
        assert self.name(self.TEXT.replace("UTF-8", encoding).replace("€", "").encode(encoding)) == "Zoë Müller"

    def test_k02_ascii_that_is_utf_8_is_read_as_that(self) -> None:
        data = self.TEXT.replace("UTF-8", "US-ASCII").encode()
        assert self.name(data) == "Zoë Müller €"
        assert camt_text.warnings(data) == [("encoding_declared_wrong", "ascii")]

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_utf_16_with_mark(self, encoding: str) -> None:
        data = self.TEXT.replace("UTF-8", "UTF-16").encode(encoding)
        if encoding != "utf-16":
            data = "\ufeff".encode(encoding) + data
        assert identified(data)
        assert self.name(data) == "Zoë Müller €"

    @pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "iso-8859-15"])
    def test_k02_western_letters_under_a_utf_8_declaration_are_read_and_told(self, encoding: str) -> None:
        """ABN AMRO (OCA bank-payment PR 21): names alone have such letters, so that no figure can be another one."""
        text = self.TEXT if encoding == "windows-1252" else self.TEXT.replace("€", "")
        assert self.name(text.encode(encoding)) == ("Zoë Müller €" if encoding == "windows-1252" else "Zoë Müller")
        assert camt_text.warnings(text.encode(encoding)) == [("encoding_declared_wrong", "utf-8")]

    @pytest.mark.parametrize("name", ["Łukasz Żak".encode("cp1250"), "Łódź".encode("iso8859-2"), b"Zo\x81",
                                      "Müller".encode("cp850"), "Zoë".encode() + b" M\xfcller", b"M\xfcller Zo\xc3\xab",
                                      b"Andr\xe9 \xa3ucja"])  # fmt: skip
    def test_k02_what_may_be_something_else_is_refused(self, name: bytes) -> None:
        """With its line: another encoding, two of them, or a damaged file."""
        data = self.TEXT.encode().replace("Zoë Müller €".encode(), name)
        refused = camt_text.error(data)
        line = self.TEXT[: self.TEXT.index("Zo")].count("\n") + 1
        assert (refused.code, refused.place) == ("encoding_wrong", f"line {line}")

    def test_k02_a_mark_of_utf_8_is_believed(self) -> None:
        data = "\ufeff".encode() + self.TEXT.replace("€", "").encode("latin-1")
        assert camt_text.error(data).code == "encoding_wrong"

    def test_latin_1_without_declaration_is_read_with_a_warning(self) -> None:
        """A German bank's camt.052 comes so."""
        text = self.TEXT.replace(camt_text.DECLARATION, "").replace("€", "")
        assert self.name(text.encode("latin-1")) == "Zoë Müller"
        assert [code for code, _place in camt_text.warnings(text.encode("latin-1"))] == ["encoding_assumed"]
        assert camt_text.warnings(text.encode()) == []

    def test_two_encodings_in_one_file_are_refused(self) -> None:
        text = self.TEXT.replace(camt_text.DECLARATION, "").replace("€", "")
        data = text.encode().replace(b"M-1", "Mü".encode()).replace("Zoë".encode(), "Zoë".encode("latin-1"))
        assert camt_text.error(data).code == "encoding_wrong"

    def test_utf_8_that_claims_utf_16_is_read_with_a_warning(self) -> None:
        data = self.TEXT.replace("UTF-8", "utf-16").encode()
        assert self.name(data) == "Zoë Müller €"
        assert camt_text.warnings(data) == [("encoding_declared_wrong", "utf-16")]

    @pytest.mark.parametrize("encoding", ["ISO-8859-1", "ISO-8859-15", "windows-1252"])
    def test_utf_8_that_claims_a_western_encoding_is_read_with_a_warning(self, encoding: str) -> None:
        """Read as declared, every name would be garbled, and nothing would say so."""
        data = self.TEXT.replace("UTF-8", encoding).encode()
        assert self.name(data) == "Zoë Müller €"
        [(code, _place)] = camt_text.warnings(data)
        assert code == "encoding_declared_wrong"

    @pytest.mark.parametrize("encoding", ["ISO-8859-1", "ISO-8859-15", "windows-1252"])
    def test_a_western_encoding_is_read_as_declared(self, encoding: str) -> None:
        data = self.TEXT.replace("UTF-8", encoding).replace("€", "").encode(encoding)
        assert self.name(data) == "Zoë Müller"
        assert camt_text.warnings(data) == []

    def test_utf_8_and_another_encoding_in_one_file_are_refused(self) -> None:
        data = self.TEXT.replace("UTF-8", "ISO-8859-1").encode()
        late = data.replace("Müller".encode(), b"X" * 70_000 + "Müller".encode("latin-1"))
        assert camt_text.error(late).code == "encoding_wrong"

    @pytest.mark.parametrize("encoding", ["UTF-7", "UTF-32", "EBCDIC-CP-US", "idna", "rot13", "base64", "nonsense"])
    def test_unsupported(self, encoding: str) -> None:
        assert camt_text.error(self.TEXT.replace("UTF-8", encoding)).code == "encoding_unsupported"


class TestDetection:
    """Invariant 7: not mine and mine but broken are different answers."""

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "\x00\x01",
            ":20:STARTUMS\n:25:1234\n",
            "01,122099999,123456789,040621,0200,1,65,,2/",
            "OFXHEADER:100\nDATA:OFXSGML\n",
            "<?xml version='1.0'?><html/>",
            "PK\x03\x04camt.053",
            'text that mentions xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"',
            camt_text.document().replace("camt.053", "camt.052"),
            camt_text.document().replace("camt.053", "camt.054"),
            camt_text.document(namespace="").replace("BkToCstmrStmt", "BkToCstmrAcctRpt"),
            camt_text.document(namespace="").replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"),
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.060.001.05"><R>camt.053.001.08</R></Document>',
        ],
    )
    def test_not_mine(self, text: str) -> None:
        assert not identified(text)
        with pytest.raises(UnknownFormat):
            detect([Camt053()], text.encode(), "statement.xml")

    @pytest.mark.parametrize(
        "text",
        [
            camt_text.document()[:300],
            camt_text.document().replace("</Stmt>", ""),
            '<!DOCTYPE Document SYSTEM "x">' + camt_text.document(declaration=""),
            camt_text.document(""),
        ],
    )
    def test_mine_but_broken(self, text: str) -> None:
        assert detect([Camt053()], text.encode(), "").code == "camt.053"
        camt_text.error(text)

    def test_only_the_first_bytes_are_looked_at(self) -> None:
        late = "<a>" + " " * 8192 + camt_text.document(declaration="")
        assert not identified(late.encode()[:100_000])

    def test_two_hits_are_no_hit(self) -> None:
        class Other(Camt053):
            code = "other"

            def identify(self, head: bytes, filename: str) -> bool:
                return True

        with pytest.raises(AmbiguousFormat) as raised:
            detect([Camt053(), Other()], camt_text.document().encode(), "")
        assert raised.value.codes == ("camt.053", "other")
