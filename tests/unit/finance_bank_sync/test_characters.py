"""Names in the encodings of one byte that banks of Europe write, and no file says (K-02). All names are made up."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats import detect, known_formats
from odoo.addons.finance_bank_sync.formats.characters import USUAL, likely_encoding
from odoo.addons.finance_bank_sync.formats.model import Entry, FormatError, StatementEnd
from odoo.addons.finance_bank_sync.formats.text_lines import TextLines

CENTRAL = ("cp1250", "iso8859-2", "cp852")
WESTERN = ("cp1252", "iso8859-1", "cp850")
#: language -> an account of its country, names, and encodings
NAMES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "pl": ("PL61109010140000071219812874", "Łukasz Żółkiewski|Spółdzielnia Słoneczna|Grażyna Wiśniewska|ul. Świętej|"
           "Przedsiębiorstwo Usługowe|Paweł Kamiński|ŁÓDŹ PIOTRKOWSKA|PRZELEW ŚRODKÓW|Michał Woźniak", CENTRAL),
    "cs": ("CZ6508000000192000145399", "Jiří Dvořák|Tomáš Růžička|Společnost Křížek|Lenka Černá|Příchozí úhrada|"
           "Věra Němcová|ČESKÁ PEKÁRNA|Ondřej Šťastný|Úrok kreditní", CENTRAL),
    "sk": ("SK3112000000198742637541", "Ľubomír Kováč|Pekáreň Slniečko|Žilina mesto|Poplatok za účet|Štefan Šulík|"
           "Vážený klient|PRÍJEM PLATBY ČÍSLO|Soňa Kráľová", CENTRAL),
    "hu": ("HU42117730161111101800000000", "Kovács Gergő|Szűcs László|Nagykőrös Pék|Közüzemi díj|Tóth Dezső Kft|"
           "BEÉRKEZŐ ÁTUTALÁS|Győri Műhely|Hűtőgép Javító|Számla kifizetése", CENTRAL),
    "sl": ("SI56263300012039086", "Davčna uprava|Plačilo računa|Željko Čepin|Občina Škofja|Matjaž Kovačič", CENTRAL),
    "hr": ("HR1210010051863000160", "Ivana Đurić|Šibenik poduzeće|Plaćanje računa|Željka Marković|Čačić Ante", CENTRAL),
    "ro": ("RO49AAAA1B31007593840000", "Societatea Română|Ştefan Ţepeş|Plată factură|Bucureşti Sectorul|"
           "Cristina Mărgineanu|Încasare|Iaşi Judeţul", CENTRAL),
    "de": ("DE89370400440532013000", "Müller & Söhne|Größe Straße|Überweisung Gehalt|Jürgen Schäfer|Bäckerei Köhler|"
           "KÄUFER MÜNCHEN|Rückzahlung", (*WESTERN, *CENTRAL, "cp437", "iso8859-15")),
    "fr": ("FR1420041010050500013M02606", "Hélène Lefèvre|Virement reçu|Pâtisserie Noël|François Château|"
           "Prélèvement|SOCIÉTÉ DE L'ÉTÉ", WESTERN),
    "es": ("ES9121000418450200051332", "José Núñez|Compañía Eléctrica|Teléfonos|Domiciliación|Muñoz Ibáñez", WESTERN),
    "pt": ("PT50000201231234567890154", "João Conceição|Informática|Transferência|Câmara Évora|Simões Leitão", WESTERN),
    "da": ("DK5000400440116243", "Søren Kjærgaard|Rødovre Kommune|Overførsel|Ålborg Bogføring|Løn måned", WESTERN),
    "sv": ("SE4550000000058398257466", "Göran Åkerström|Björn Öberg|Hyra för månaden|Räkning från Växjö", WESTERN),
    "tr": ("TR330006100519786457841326", "Ayşe Yıldız|Güneş Ticaret|Ödeme açıklaması|Çağrı İnşaat|ŞİRKET", ("cp1254",)),
    "lt": ("LT121000011101001000", "Žemaitės įmonė|Šiaulių|Mokėjimas už prekes|Jūratė Kazlienė|ĄŽUOLAS", ("cp1257",)),
    "ru": ("", "Оплата по счёту|Иванов Пётр|ООО ВЕТЕР|Перевод средств|Комиссия банка", ("cp1251", "cp866")),
    "bg": ("BG80BNBG96611020345678", "Плащане по фактура|Иван Димитров|Банкова такса|Превод", ("cp1251",)),
    "el": ("GR1601101250000000012300695", "Πληρωμή τιμολογίου|Γεώργιος Παπάς|Έξοδα τράπεζας|ΜΕΤΑΦΟΡΑ", ("cp1253",)),
}  # fmt: skip
CASES = [(language, codec) for language, (_account, _names, codecs) in NAMES.items() for codec in codecs]


def read(data: bytes) -> tuple[list[str], list[tuple[str, str]]]:
    """:return: the texts of the entries, and the warnings"""
    texts: list[str] = []
    warnings: list[tuple[str, str]] = []
    for event in detect(known_formats(), data[:8192]).parse(io.BytesIO(data)):
        if isinstance(event, Entry):
            texts.append(event.details[0].remittance or "")
        elif isinstance(event, StatementEnd):
            warnings += event.warnings
    return texts, warnings


def mt940(names: list[str], account: str = "4711000815") -> str:
    lines = "".join(f":61:2603010302C1,NTRFNONREF\n:86:{name}\n" for name in names)
    return f":20:R\n:25:{account}\n:28C:7/1\n:60F:C260301EUR0,\n{lines}:62F:C260302EUR{len(names)},\n-\n"


def ofx(names: list[str], charset: str = "1252") -> str:
    lines = "".join(
        f"<STMTTRN><TRNTYPE>X<DTPOSTED>20260302<TRNAMT>1.00<FITID>F{number}<MEMO>{name}</STMTTRN>\n"
        for number, name in enumerate(names)
    )
    return (
        f"OFXHEADER:100\nDATA:OFXSGML\nCHARSET:{charset}\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR\n"
        f"<BANKACCTFROM><ACCTID>5</BANKACCTFROM><BANKTRANLIST>{lines}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1>"
        "</OFX>\n"
    )


@pytest.mark.parametrize(("language", "codec"), CASES)
def test_k02_names_of_a_country_are_read_in_each_of_its_encodings(language: str, codec: str) -> None:
    account, names, _codecs = NAMES[language]
    for data in (mt940(names.split("|"), account or "4711000815"), ofx(names.split("|"))):
        texts, [(code, _place)] = read(data.encode(codec))
        assert texts == names.split("|")
        assert code in ("encoding_assumed", "encoding_guessed")


@settings(max_examples=150)
@given(st.sampled_from(CASES), st.data())
def test_k02_four_names_and_an_account_are_enough(case: tuple[str, str], data: st.DataObject) -> None:
    """Property: what is written is read, wherever a text of this kind is decidable at all; and always told."""
    language, codec = case
    account, names, _codecs = NAMES[language]
    picked = data.draw(st.lists(st.sampled_from(names.split("|")), min_size=4, max_size=6, unique=True))
    texts, warnings = read(mt940(picked, account or "4711000815").encode(codec))
    if language == "sk" and codec != "cp852" and not any(set("ľťšžŠŽŤĽ") & set(name) for name in picked):
        return
    assert texts == picked
    assert [code for code, _place in warnings] in (["encoding_assumed"], ["encoding_guessed"])


@given(st.sampled_from([case for case in CASES if case[1] in ("cp1252", "iso8859-1")]), st.data())
def test_k02_a_western_name_alone_stays_what_it_was(case: tuple[str, str], data: st.DataObject) -> None:
    _account, names, _codecs = NAMES[case[0]]
    name = data.draw(st.sampled_from([name for name in names.split("|") if not name.isascii()]))
    assert likely_encoding(name.encode(case[1])) == USUAL


@pytest.mark.parametrize("text", [b"caf\x80", b"\xff", b"\x93quoted\x94 5\x80 \x96 \xa7 12", b"20\xb0C"])
def test_k02_signs_alone_tell_nothing(text: bytes) -> None:
    assert likely_encoding(text) == USUAL


def test_k02_the_guess_names_line_and_encoding() -> None:
    _texts, warnings = read(mt940(["nothing", "Łukasz Żółkiewski", "Świętej"]).encode("cp852"))
    assert warnings == [("encoding_guessed", "line 8, cp852")]


def test_k02_what_ofx_declares_counts_where_letters_leave_it_open() -> None:
    names = ["Tóth Gergő"]
    assert read(ofx(names, "1250").encode("cp1250"))[0] == names
    assert read(ofx(names).encode("cp1250"))[0] != names


def test_k02_letters_that_come_late_in_a_large_file() -> None:
    """The decision is made where the first letter stands, with what follows; memory stays bounded."""
    names = ["x" * 60] * 3000 + ["Łukasz Żółkiewski", "Świętej Anny", "Grażyna Wiśniewska"]
    texts, _warnings = read(mt940(names).encode("iso8859-2"))
    assert texts == names


def test_k02_a_file_that_was_utf_8_is_still_refused() -> None:
    data = mt940(["Müller", "MARK"]).encode().replace(b"MARK", "Łódź".encode("cp852"))
    with pytest.raises(FormatError) as refused:
        read(data)
    assert (refused.value.code, refused.value.place.partition(",")[0]) == ("encoding_wrong", "line 8")


@pytest.mark.parametrize("codec", ["cp1250", "iso8859-2"])
def test_k02_capitals_of_poland_that_look_like_utf_8(codec: str) -> None:
    """Two capitals side by side are the bytes of one letter of UTF-8, which no word has between others."""
    names = ["FIRMA SPÓŁKA Z O.O.", "PRÓŻNIA", "KOPALNIA SÓŁ", "ŁÓDŹ"]
    for some in (names, names[:1], names[:2]):
        texts, warnings = read(mt940(some).encode(codec))
        assert texts == some
        assert [code for code, _place in warnings] == ["encoding_guessed"]


@pytest.mark.parametrize(
    "name", ["10kΩ", "a🍕b", "Ø 5 µm", "α", "ФИРМА ООД", "Müller", "Cafe\u0301", "ß", "5 €", "日本", "XЯ"]
)
def test_k02_what_is_usual_in_utf_8_stays(name: str) -> None:
    assert read(mt940([name, "Zürich"]).encode()) == ([name, "Zürich"], [])


def test_k02_reading_ahead_loses_no_line() -> None:
    lines = [f"{number} Żółw" if number % 7 == 3 else str(number) for number in range(100_000)]
    text = TextLines(io.BytesIO("\r\n".join(lines).encode("cp1250")))
    assert [line for _number, line in text] == lines
    assert text.warnings() == (("encoding_guessed", "line 4, cp1250"),)
