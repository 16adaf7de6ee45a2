"""Codes: of the standard's own lists, of external lists by their form, and what a profile takes of them."""

from __future__ import annotations

import re
from typing import Any

from .fields import plan
from .model import (
    Account,
    Agent,
    Code,
    Group,
    Identification,
    Instruction,
    Payment,
    PaymentType,
    Regulatory,
    Structured,
)
from .profile import Profile
from .versions import Dialect
from .violations import Findings

_EXTERNAL = re.compile(r"[A-Za-z0-9]{1,4}")
_CLEARING = re.compile(r"[A-Za-z0-9]{1,5}")
_CHARGES = ("DEBT", "CRED", "SHAR", "SLEV")
_DOCUMENTS = tuple("MSIN CNFA DNFA CINV CREN DEBN HIRI SBIN CMCN SOAC DISP BOLD VCHR AROI TSUT".split())
_REFERENCES = ("RADM", "RPIN", "FXDR", "DISP", "PUOR", "SCOR")
_INSTRUCTIONS = ("CHQB", "HOLD", "PHOB", "TELB")


def check_codes(value: Any, place: str, profile: Profile, dialect: Dialect, findings: Findings) -> None:
    """Check all codes inside a payment, or a group without its payments."""
    _lists(value, place, findings)
    for name, kind in plan(type(value)):
        inner = getattr(value, name)
        if kind or inner is None:
            continue
        for at, item in (
            [(f"{place}.{name}[{n}]", item) for n, item in enumerate(inner)]
            if isinstance(inner, tuple)
            else [(f"{place}.{name}", inner)]
        ):
            check_codes(item, at, profile, dialect, findings)
    if isinstance(value, (Group, Payment)):
        _profile(value, place, profile, findings)


def _lists(value: Any, place: str, findings: Findings) -> None:
    if isinstance(value, PaymentType):
        _one_of(value.priority, ("HIGH", "NORM"), f"{place}.priority", findings)
        for name in ("service_level", "category_purpose"):
            _external(getattr(value, name), f"{place}.{name}", findings)
    elif isinstance(value, (Group, Payment)):
        _one_of(value.charges, _CHARGES, f"{place}.charges", findings)
        if isinstance(value, Payment):
            _external(value.purpose, f"{place}.purpose", findings)
    elif isinstance(value, Identification):
        _external(value.scheme, f"{place}.scheme", findings)
    elif isinstance(value, Structured):
        if value.reference_type and not value.reference_type.is_proprietary:
            _one_of(value.reference_type.value, _REFERENCES, f"{place}.reference_type", findings)
        if value.document_type and not value.document_type.is_proprietary:
            _one_of(value.document_type.value, _DOCUMENTS, f"{place}.document_type", findings)
    elif isinstance(value, Instruction):
        _one_of(value.code, _INSTRUCTIONS, f"{place}.code", findings)
        if not value.code and not value.words:
            findings.add("instruction_empty", place, "The instruction says nothing", "Leave it out")
    elif isinstance(value, Regulatory):
        _one_of(value.side, ("CRED", "DEBT", "BOTH"), f"{place}.side", findings)
        if value.code and len(value.code) > 10:
            findings.add("text_too_long", f"{place}.code", "More than ten characters", "Shorten it")
    elif isinstance(value, Account):
        _external(value.scheme, f"{place}.scheme", findings)
    elif isinstance(value, Agent) and value.clearing_system and not _CLEARING.fullmatch(value.clearing_system):
        findings.add(
            "code_invalid", f"{place}.clearing_system", "Not the code of a clearing system", "Like USABA, at most five"
        )


def _one_of(code: str | None, known: tuple[str, ...], place: str, findings: Findings) -> None:
    if code is not None and code not in known:
        findings.add("code_unknown", place, f"{code!r} is not in the list", f"Choose one of {', '.join(known)}")


def _external(code: Code | None, place: str, findings: Findings) -> None:
    if code is not None and not code.is_proprietary and not _EXTERNAL.fullmatch(code.value):
        findings.add("code_invalid", place, f"{code.value!r} is no code of four characters", "Take one of the list")


def _profile(value: Group | Payment, place: str, profile: Profile, findings: Findings) -> None:
    kind = value.type
    told: dict[str, str | None] = {
        "charges": value.charges,
        "service_level": kind.service_level.value if kind and kind.service_level else None,
        "local_instrument": kind.local_instrument.value if kind and kind.local_instrument else None,
        "category_purpose": kind.category_purpose.value if kind and kind.category_purpose else None,
        "sequence": value.sequence if isinstance(value, Group) else None,
    }
    for name, code in told.items():
        allowed = profile.codes.get(name)
        if code is not None and allowed is not None and code not in allowed:
            findings.add(
                "code_refused",
                f"{place}.{name if name in ('charges', 'sequence') else f'type.{name}'}",
                f"{profile.name} does not take {code}",
                f"Choose one of {', '.join(allowed)}",
            )
