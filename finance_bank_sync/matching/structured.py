"""Payment references whose check digits say that they are complete.

A structured reference identifies one document at its issuer, so it is the strongest evidence
after our own end-to-end id. One whose check digits are wrong was mistyped and is no evidence.

* ISO 11649 creditor reference (``RF``), mod 97-10 of ISO/IEC 7064
* Switzerland: QR reference, 27 digits, mod 10 recursive (Swiss Payment Standards, annex B)
* Belgium: ``+++123/4567/89002+++``, 12 digits, mod 97 (febelfin OGM/VCS)
* Finland: ``viite``, 4 to 20 digits, weights 7-3-1 from the right
* Norway: KID, 2 to 25 digits, mod 10 (Luhn) or mod 11
* Sweden: OCR, 2 to 25 digits, mod 10 (Luhn); on the stricter levels the last but one digit is the length mod 10
* Denmark: payment slips 71 (15 digits) and 04, 75 (16 digits), mod 10 (Luhn), written ``+71<digits+creditor<``
* Slovenia, Croatia and others write ISO 11649 or references without check digits: text
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_RF = re.compile(r"(?<![0-9A-Z])RF\s?[0-9]{2}(?:\s?[0-9A-Z]){1,21}(?![0-9A-Z])")
_BELGIAN = re.compile(r"(?<![0-9])([0-9]{3})\s?/\s?([0-9]{4})\s?/\s?([0-9]{5})(?![0-9])")
_DANISH = re.compile(r"(?<![0-9])(04|71|75)\s?<\s?([0-9]{15,16})\s?\+\s?[0-9]{7,8}(?![0-9])")
_QR = re.compile(r"(?<![0-9])[0-9]{2}(?: ?[0-9]{5}){5}(?![0-9])")

#: carry table of the recursive modulo 10
_RECURSIVE = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
QR_LENGTH = 27
#: longest text that is searched
MAX_TEXT = 4000


def is_rf(reference: str) -> bool:
    """ISO 11649: the four first characters moved to the end, letters as 10 to 35, mod 97 is 1."""
    if not re.fullmatch(r"RF[0-9]{2}[0-9A-Z]{1,21}", reference):
        return False
    turned = reference[4:] + reference[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_qr(reference: str) -> bool:
    """Swiss QR reference, also the 27 digits of the former orange slip."""
    if not re.fullmatch(r"[0-9]{27}", reference):
        return False
    carry = 0
    for digit in reference[:-1]:
        carry = _RECURSIVE[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(reference[-1]) and int(reference) > 0


def is_belgian(reference: str) -> bool:
    """The last two of twelve digits are the first ten mod 97, 97 instead of 0."""
    if not re.fullmatch(r"[0-9]{12}", reference):
        return False
    return int(reference[10:]) == (int(reference[:10]) % 97 or 97)


def is_finnish(reference: str) -> bool:
    """Weights 7, 3, 1 from the right; the check digit fills up to the next ten."""
    digits = reference.lstrip("0")
    if not re.fullmatch(r"[0-9]{4,20}", digits):
        return False
    total = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])


def is_luhn(reference: str) -> bool:
    """Mod 10 of Norway's KID and Sweden's OCR."""
    if not re.fullmatch(r"[0-9]{2,25}", reference):
        return False
    total = 0
    for place, digit in enumerate(reversed(reference)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_swedish(reference: str) -> bool:
    """Sweden's OCR with a length digit: Luhn, and the last but one digit is the number of digits mod 10."""
    return is_luhn(reference) and len(reference) >= 4 and int(reference[-2]) == len(reference) % 10


def is_danish(kind: str, reference: str) -> bool:
    """Denmark's payment identification of a slip 04, 71 or 75."""
    return len(reference) == {"71": 15, "04": 16, "75": 16}.get(kind) and is_luhn(reference)


def is_mod11(reference: str) -> bool:
    """Norway's other KID: weights 2 to 7 from the right, ``-`` stands for ten."""
    if not re.fullmatch(r"[0-9]{1,24}[0-9-]", reference):
        return False
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(reference[:-1])))
    rest = (11 - total % 11) % 11
    return reference[-1] == ("-" if rest == 10 else str(rest))


def kinds(reference: str) -> frozenset[str]:
    """The schemes whose check digits a reference passes; digits alone may pass several by chance."""
    checks: dict[str, Callable[[str], bool]] = {
        "rf": is_rf,
        "qr": is_qr,
        "belgian": is_belgian,
        "finnish": is_finnish,
        "luhn": is_luhn,
        "swedish": is_swedish,
        "mod11": is_mod11,
    }
    return frozenset(name for name, check in checks.items() if check(reference))


def found_in(texts: Iterable[str | None]) -> frozenset[str]:
    """References in free text whose form and check digits leave no doubt (RF, QR, Belgian, Danish).

    Digits alone pass a single check digit by chance once in ten: Nordic references in free text
    are found as numbers of documents, not as references.
    """
    found: set[str] = set()
    for text in set(texts):
        if not text:
            continue
        upper = text[:MAX_TEXT].upper()
        # what each of them has in it is looked for first, that is several times as fast
        if "RF" in upper:
            for match in _RF.finditer(upper):
                found.update(_complete_rf(re.sub(r"\s", "", match.group())))
        if len(upper) >= QR_LENGTH:
            for match in _QR.finditer(upper):
                digits = match.group().replace(" ", "")
                if is_qr(digits):
                    found.add(digits)
        if "<" in upper:
            for match in _DANISH.finditer(upper):
                if is_danish(match[1], match[2]):
                    found.add(match[2])
        if "/" in upper:
            for match in _BELGIAN.finditer(upper):
                digits = "".join(match.groups())
                if is_belgian(digits):
                    found.add(digits)
    return frozenset(found)


def _complete_rf(text: str) -> list[str]:
    """A word that follows the reference may look like a part of it: the longest valid piece counts."""
    for length in range(min(len(text), 25), 4, -1):
        if is_rf(text[:length]):
            return [text[:length]]
    return []


def variants(reference: str) -> set[str]:
    """The forms in which banks give one reference back, itself among them.

    Leading zeros come and go, and a Finnish reference travels as ``RF`` and without.

    :param reference: upper case letters and digits
    """
    found = {reference}
    if not reference.isdigit() and not reference.startswith("RF"):
        return found
    national = reference
    if is_rf(reference) and reference[4:].isdigit():
        national = reference[4:]
        found.add(national)
    if national.isdigit() and national.strip("0"):
        short = national.lstrip("0")
        found.add(short)
        if is_finnish(short):
            found.add(_as_rf(short))
    return found


def _as_rf(digits: str) -> str:
    # R is 27, F is 15
    return f"RF{98 - int(f'{digits}271500') % 97:02d}{digits}"
