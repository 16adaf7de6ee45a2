"""Numbers whose form and check digits tell that they are complete."""

from __future__ import annotations

import re
from functools import lru_cache

#: BIC of ISO 9362 in the form that every version of the schemas takes
BIC = re.compile(r"[A-Z]{6}[A-Z2-9][A-NP-Z0-9](?:[A-Z0-9]{3})?")
UETR = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}")
COUNTRY = re.compile(r"[A-Z]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")

#: length of the IBAN by country (IBAN registry); countries that are not listed are checked by their digits alone
_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d{2})",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22"
        "GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27"
        "MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SD18SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24"
        "XK20",
    )
}
#: European Economic Area, and territories whose IBANs have a code of their own
EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()
    + "AX GF GP MF MQ PM RE YT BL".split()
)
_LETTERS = str.maketrans({chr(code): str(code - 55) for code in range(65, 91)})
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_CREDITOR = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{3}[A-Z0-9]{1,28}")


def _is_97(text: str) -> bool:
    return int(text.translate(_LETTERS)) % 97 == 1


@lru_cache(maxsize=4096)
def is_iban(iban: str) -> bool:
    """Check form, length in its country, and check digits (ISO 13616)."""
    if not _IBAN.fullmatch(iban) or len(iban) != _LENGTHS.get(iban[:2], len(iban)):
        return False
    return _is_97(iban[4:] + iban[:4])


def is_qr_iban(iban: str) -> bool:
    """A Swiss account that takes payments with QR reference only: bank number 30000 to 31999."""
    return iban[:2] in ("CH", "LI") and iban[4:9].isdigit() and 30000 <= int(iban[4:9]) <= 31999


def is_lei(lei: str) -> bool:
    """Check form and check digits (ISO 17442)."""
    return bool(_LEI.fullmatch(lei)) and _is_97(lei)


def is_creditor_id(identifier: str) -> bool:
    """Check a SEPA creditor identifier: the three characters of the business code do not count."""
    return bool(_CREDITOR.fullmatch(identifier)) and _is_97(identifier[7:] + identifier[:4])
