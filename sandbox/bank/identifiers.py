"""Account numbers and payment references with their check digits.

IBAN: ISO 13616 (mod 97-10). Creditor reference ``RF``: ISO 11649 (mod 97-10). Swiss QR reference: 27 digits,
recursive mod 10. Belgian structured communication: 12 digits, the last two are the others modulo 97.
"""

from __future__ import annotations

import random
import re
import string

#: Length of the BBAN and whether it starts with four letters, for the countries the sandbox opens accounts in.
_BBAN = {"AT": (16, False), "BE": (12, False), "CH": (17, False), "DE": (18, False), "NL": (14, True)}
#: Letters count as 10 to 35 (ISO 7064).
_LETTERS = str.maketrans({letter: str(10 + index) for index, letter in enumerate(string.ascii_uppercase)})
_QR_TABLE = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def _mod97(text: str) -> int:
    return int(text.translate(_LETTERS)) % 97


def compact(text: str) -> str:
    """The reference or account number without the blanks people print in it."""
    return re.sub(r"\s+", "", text).upper()


def make_iban(country: str, bban: str) -> str:
    """Put the check digits in front of a national account number."""
    return f"{country}{98 - _mod97(f'{bban}{country}00'):02d}{bban}"


def is_iban(text: str) -> bool:
    """True when the text is an IBAN whose check digits are right."""
    iban = compact(text)
    return bool(re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", iban)) and _mod97(iban[4:] + iban[:4]) == 1


def random_iban(rng: random.Random, country: str = "DE") -> str:
    """Make up an account of a country; unknown countries get a German one."""
    country = country if country in _BBAN else "DE"
    length, letters = _BBAN[country]
    if country == "BE":
        number = f"{rng.randrange(10**10):010d}"
        return make_iban(country, f"{number}{int(number) % 97 or 97:02d}")
    if letters:
        return make_iban(country, f"SNDB{rng.randrange(10 ** (length - 4)):0{length - 4}d}")
    return make_iban(country, f"{rng.randrange(10**length):0{length}d}")


def bic_of(iban: str) -> str:
    """A well-formed BIC in the country of the account (the bank itself is invented)."""
    return f"SNDB{iban[:2]}FFXXX"


def make_creditor_reference(text: str) -> str:
    """Turn up to 21 letters and digits into an ``RF`` reference."""
    body = re.sub(r"[^A-Z0-9]", "", text.upper())[:21]
    return f"RF{98 - _mod97(f'{body}RF00'):02d}{body}"


def is_creditor_reference(text: str) -> bool:
    """True for an ISO 11649 reference with right check digits, printed with or without blanks."""
    reference = compact(text)
    return bool(re.fullmatch(r"RF\d{2}[A-Z0-9]{1,21}", reference)) and _mod97(reference[4:] + reference[:4]) == 1


def is_qr_reference(text: str) -> bool:
    """True for a Swiss QR or ISR reference: 27 digits, the last one checks the others."""
    reference = compact(text)
    if not re.fullmatch(r"\d{27}", reference):
        return False
    carry = 0
    for char in reference[:-1]:
        carry = _QR_TABLE[(carry + int(char)) % 10]
    return (10 - carry) % 10 == int(reference[-1])


def is_belgian_reference(text: str) -> bool:
    """True for ``+++123/4567/89012+++`` or its twelve digits."""
    digits = re.sub(r"[^\d]", "", text)
    if len(digits) != 12 or re.sub(r"[\d/+*\s]", "", text):
        return False
    return int(digits[10:]) == (int(digits[:10]) % 97 or 97)


def reference_kind(text: str) -> str | None:
    """Scheme of a structured reference (``SCOR``, ``QRR``, ``BBA``), or None for free text."""
    if is_creditor_reference(text):
        return "SCOR"
    if is_qr_reference(text):
        return "QRR"
    return "BBA" if is_belgian_reference(text) else None
