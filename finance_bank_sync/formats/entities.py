"""Signs that are written by their names in XML and in web pages, and reach texts of other formats as well."""

from __future__ import annotations

import re

#: also one that was written twice, or more often: ``&amp;lt;``
_ENTITY = re.compile(r"&(?:amp;){0,3}(amp|lt|gt|quot|apos|nbsp|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});", re.IGNORECASE)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}


def expand(text: str) -> str:
    """Replace the five entities of XML, the blank that does not break and numbered characters; no other ones."""
    return _ENTITY.sub(_entity, text) if "&" in text else text


def _entity(match: re.Match[str]) -> str:
    name = match[1].lower()
    if name[0] != "#":
        return _NAMED[name]
    number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    if number < 32 or number > 0x10FFFF or 0xD800 <= number < 0xE000:
        return " "
    return chr(number)
