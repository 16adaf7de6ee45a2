"""What a file is that no format reads, so that a person hears more than that it is unknown.

Nothing is read by what is said here: it names the most usual files that land among statements by mistake.
"""

from __future__ import annotations

import re

from .text_lines import as_utf8

_ISO_20022 = re.compile(r"\b((?:pain|pacs|camt|acmt|remt|auth)\.[0-9]{3})\.[0-9]{3}\.[0-9]{2}\b")
_MESSAGES = {
    "pain.001": "a file of payments (pain.001)",
    "pain.002": "a payment status report (pain.002), which tells what became of payments",
    "pain.007": "a reversal of payments (pain.007)",
    "pain.008": "a file of direct debits (pain.008)",
    "camt.029": "an answer to an investigation (camt.029)",
    "camt.055": "a request to cancel payments (camt.055)",
    "camt.056": "a request to cancel a payment (camt.056)",
    "camt.060": "a request for reports (camt.060)",
    "camt.086": "a statement of the bank's fees (camt.086)",
}
#: how a file begins, and what it is
_BEGINNINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(begins, re.ASCII | re.IGNORECASE), what)
    for begins, what in (
        (r"%PDF", "a PDF; ask the bank for camt.053 or MT940"),
        (r"\xd0\xcf\x11\xe0", "an old Excel workbook (XLS); save it as XLSX or CSV"),
        (r"PK\x03\x04", "an archive or a workbook; a workbook is read with a sheet profile"),
        (r"\x1f\x8b", "a file compressed with gzip; unpack it first"),
        (r"(?:<\?xml[^>]*>\s*)?<(?:!doctype )?html", "a web page; the download may have ended in an error of the bank"),
        (r"0128[ABCD]", "a German DTAUS file"),
        (r"T00322", "a Finnish TITO statement"),
        (r"NY0000[01][09]", "a Norwegian OCR file"),
        (r"01BGMAX", "a Swedish BgMax file"),
        (r" RH[0-9]", "an Italian CBI statement"),
    )
)


def what_it_is(head: bytes) -> str:
    """Say in a few words what a file is that no format knows.

    :param head: its first bytes
    :return: words to follow "This is", or nothing where it cannot be told
    """
    text = as_utf8(head).decode("latin-1").removeprefix("\xef\xbb\xbf")
    for begins, what in _BEGINNINGS:
        if begins.match(text):
            return what
    if text.lstrip().startswith("<"):
        found = _ISO_20022.search(text)
        if found is not None:
            return _MESSAGES.get(found[1], f"a message {found[1]} of ISO 20022")
        return "an XML file of another kind"
    return ""
