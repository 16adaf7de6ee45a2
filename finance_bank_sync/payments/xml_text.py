"""Text to XML, fast and without surprises.

Files of payments are made of few, always equal elements; written as text they take a fifth of the time that a tree
takes. That it is the same XML is proven against lxml in the tests.
"""

from __future__ import annotations

import re
from datetime import date

_SPECIAL = re.compile('[&<>"\r\n\t\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


class CannotWrite(Exception):
    """A value cannot be told in this version of the message; the rules say so beforehand."""


def escape(text: str) -> str:
    """Escape a text for an element or an attribute.

    :raise CannotWrite: it holds a control character, a line break or half a character
    """
    return text if _SPECIAL.search(text) is None else _SPECIAL.sub(_entity, text)


def leaf(tag: str, text: str | None) -> str:
    """:return: an element with a text, or nothing for None"""
    return "" if text is None else f"<{tag}>{escape(text)}</{tag}>"


def node(tag: str, inner: str) -> str:
    """:return: an element around others, or nothing around nothing"""
    return f"<{tag}>{inner}</{tag}>" if inner else ""


def day(tag: str, value: date | None) -> str:
    """:return: an element with a date, or nothing for None"""
    return "" if value is None else f"<{tag}>{value.isoformat()}</{tag}>"


def _entity(match: re.Match[str]) -> str:
    found = _ENTITIES.get(match[0])
    if found is None:
        raise CannotWrite(f"the character {match[0]!r} cannot be written")
    return found
