"""IBANs by their form, length and check digits (ISO 13616)."""

from __future__ import annotations

import re

_FORM = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}")
#: country -> characters of an IBAN (registry of SWIFT)
LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}


def fault(number: str) -> str | None:
    """Say what is wrong with an account number as an IBAN.

    :param number: without blanks, in capitals
    :return: ``format``, ``country``, ``length``, ``checksum``, or None: it can be one
    """
    if not _FORM.fullmatch(number):
        return "format"
    length = LENGTHS.get(number[:2])
    if length is None:
        return "country"
    if len(number) != length:
        return "length"
    digits = "".join(str(int(letter, 36)) for letter in number[4:] + number[:4])
    return None if int(digits) % 97 == 1 else "checksum"
