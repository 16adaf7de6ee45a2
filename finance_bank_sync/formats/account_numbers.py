"""Other ways to write the same account number, where a country's rule leaves no doubt."""

from __future__ import annotations

import re

_GERMAN = re.compile(r"(\d{8})/?0*(\d{1,10})")


def iban_of(number: str | None) -> str | None:
    """Return the IBAN of a German bank code and account number as MT940 has them (``BLZ/Konto``).

    It is used to find an account that is known by its IBAN, never to pay to.
    """
    match = _GERMAN.fullmatch(number) if number and "/" in number else None
    if match is None:
        return None
    body = match[1] + match[2].zfill(10)
    # ISO 7064: the country's letters as numbers, and two zeros in place of the check digits
    check = 98 - int(body + "131400") % 97
    return f"DE{check:02d}{body}"
