"""National numbers of banks: which clearing system a country has, and what its numbers look like.

Codes are those of ISO 20022 (ExternalClearingSystemIdentification1Code), lengths those of SWIFT's national
clearing codes (field 57A of MT 103: AU 6 digits, FW 9, SC 6 ...). Banks of other countries have a BIC alone.
"""

from __future__ import annotations

import re

#: code of the system -> (country, form of its numbers)
_SYSTEMS = {
    "ATBLZ": ("AT", r"\d{5}"),
    "AUBSB": ("AU", r"\d{6}"),
    "CACPA": ("CA", r"\d{9}"),
    "CHBCC": ("CH", r"\d{3,5}"),
    "CNAPS": ("CN", r"\d{12,14}"),
    "DEBLZ": ("DE", r"\d{8}"),
    "ESNCC": ("ES", r"\d{8,9}"),
    "GBDSC": ("GB", r"\d{6}"),
    "GRBIC": ("GR", r"\d{7}"),
    "HKNCC": ("HK", r"\d{3}"),
    "IENCC": ("IE", r"\d{6}"),
    "INFSC": ("IN", r"[A-Z]{4}0[A-Z0-9]{6}"),
    "ITNCC": ("IT", r"\d{10}"),
    "NZNCC": ("NZ", r"\d{6}"),
    "PLKNR": ("PL", r"\d{8}"),
    "PTNCC": ("PT", r"\d{8}"),
    "RUCBC": ("RU", r"\d{9}"),
    "USABA": ("US", r"\d{9}"),
    "ZANCC": ("ZA", r"\d{6}"),
}
_BY_COUNTRY = {country: code for code, (country, _form) in _SYSTEMS.items()}


def system_of(country: str | None) -> str | None:
    """:return: code of the clearing system of a country (ISO 3166), None: it has none that is known here"""
    return _BY_COUNTRY.get(country or "")


def is_member(system: str, number: str) -> bool:
    """Whether a number can be one of a bank in this system; any number of a system that is not known here can."""
    if system not in _SYSTEMS:
        return True
    if not re.fullmatch(_SYSTEMS[system][1], number, re.ASCII):
        return False
    return system != "USABA" or _is_routing_number(number)


def _is_routing_number(number: str) -> bool:
    """Check digit of an ABA routing number: weights 3, 7, 1."""
    return sum(int(digit) * weight for digit, weight in zip(number, (3, 7, 1) * 3, strict=True)) % 10 == 0
