"""Length and characters of all texts."""

from __future__ import annotations

import re
from typing import Any

from .charset import Charset
from .fields import KINDS, Text, texts_of
from .profile import Profile
from .violations import Findings

#: what no XML can hold (XML 1.0, production 2), and line breaks, which a reader may change
_IMPOSSIBLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def check_texts(value: Any, place: str, profile: Profile, letters: Charset, findings: Findings) -> None:
    """Check every text inside a value; nothing is cut: what is too long has to be shortened by a person."""
    for one in texts_of(value, place):
        check_text(one, profile, letters, findings)


def check_text(one: Text, profile: Profile, letters: Charset, findings: Findings) -> None:
    """Check one text."""
    most = profile.length(one.kind)
    if not one.value.strip():
        findings.add("text_empty", one.place, "The text is empty", "Leave it out, or enter something")
        return
    if len(one.value) > most:
        findings.add(
            "text_too_long",
            one.place,
            f"{len(one.value)} characters where {most} are taken: {one.value[most:][:20]!r} is too much",
            f"Shorten it to {most} characters",
        )
    strangers = letters.strangers(one.value) or tuple(dict.fromkeys(_IMPOSSIBLE.findall(one.value)))
    if strangers:
        shown = " ".join(repr(character) for character in strangers[:10])
        findings.add(
            "characters",
            one.place,
            f"Characters that the bank does not take: {shown}",
            "Use other characters" if KINDS[one.kind].is_reference else "Have the text transliterated",
        )
    if KINDS[one.kind].is_reference:
        _check_reference(one, findings)


def _check_reference(one: Text, findings: Findings) -> None:
    value = one.value
    if value != value.strip():
        findings.add("reference_blank", one.place, "Blanks at the beginning or end", "Take them away")
    if one.kind == "reference" and (value.startswith("/") or value.endswith("/") or "//" in value):
        findings.add(
            "reference_slash",
            one.place,
            "Begins or ends with a slash, or has two slashes together",
            "Use other signs between its parts",
        )
