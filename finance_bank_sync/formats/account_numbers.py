"""Other ways to write the same account number, where a country's rule leaves no doubt."""

from __future__ import annotations

import re

from .text_values import is_iban

#: weights of the check digits of a Spanish account (modulus 11)
_SPANISH = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
#: letters of a French account number as digits: A to I, J to R, S to Z
_FRENCH = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
_RIB = re.compile(r"[0-9]{10}[A-Z0-9]{11}", re.ASCII)
_GERMAN = re.compile(r"(\d{8})/?0*(\d{1,10})")


def iban_of(number: str | None) -> str | None:
    """Return the IBAN of a German bank code and account as MT940 has them (``BLZ/Konto``), or of a Polish number.

    It is used to find an account that is known by its IBAN, never to pay to.
    """
    match = _GERMAN.fullmatch(number) if number and "/" in number else None
    if match is None:
        return polish_iban(number) if number else None
    return _with_check_digits("DE", match[1] + match[2].zfill(10))


def polish_iban(number: str) -> str | None:
    """Return the IBAN of a Polish account number of 26 digits: its first two are the check digits of the IBAN."""
    return f"PL{number}" if len(number) == 26 and number.isdigit() and is_iban(f"PL{number}") else None


def spanish_iban(number: str) -> str | None:
    """Return the IBAN of a Spanish account told by bank (4), branch (4) and number (10) without its check digits."""
    if len(number) != 18 or not (number.isascii() and number.isdigit()) or not number[:4].strip("0"):
        return None
    bank, account = number[:8], number[8:]
    return _with_check_digits("ES", f"{bank}{_modulus_11('00' + bank)}{_modulus_11(account)}{account}")


def french_iban(number: str) -> str | None:
    """Return the IBAN of a French account told by bank (5), branch (5) and number (11) without its key (RIB)."""
    if not _RIB.fullmatch(number) or not number[:5].strip("0"):
        return None
    digits = number.translate(_FRENCH)
    key = 97 - (89 * int(digits[:5]) + 15 * int(digits[5:10]) + 3 * int(digits[10:])) % 97
    return _with_check_digits("FR", f"{number}{key:02d}")


def _with_check_digits(country: str, body: str) -> str:
    # ISO 7064: letters as numbers, the country's at the end, and two zeros in place of the check digits
    digits = "".join(str(int(char, 36)) for char in body + country) + "00"
    return f"{country}{98 - int(digits) % 97:02d}{body}"


def _modulus_11(digits: str) -> int:
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, _SPANISH, strict=True)) % 11
    return {10: 1, 11: 0}.get(rest, rest)
