"""What a bank or scheme takes, as data: one JSON file a profile in ``profiles/`` (docs/payment-formats.md).

A profile may extend another one and tell only what is different. Keys that do not exist are refused, so that a typing
error does not switch a rule off.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from .charset import names as charset_names
from .fields import KINDS
from .model import DEBIT, TRANSFER, Batch, Code, Group, PaymentType
from .versions import DIALECTS

FOLDER = Path(__file__).with_name("profiles")


class ProfileError(Exception):
    """A profile is wrong; the message names file and key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRule:
    """Which forms of addresses are taken for payments from a day on."""

    since: date
    #: of ``none``, ``structured``, ``hybrid``, ``unstructured``
    forms: tuple[str, ...]
    #: most free lines
    lines: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The rules of one bank or scheme."""

    code: str
    name: str
    #: of what is paid (``transfer``) or collected (``debit``)
    direction: str = TRANSFER
    #: names of messages, the one to prefer first
    versions: tuple[str, ...]
    charset: str = "sepa"
    #: most characters by kind of text, where it is less than in ISO 20022
    lengths: Mapping[str, int] = field(default_factory=dict)
    #: allowed currencies; empty: all
    currencies: tuple[str, ...] = ()
    one_currency: bool = False
    minimum: Decimal = Decimal("0.01")
    maximum: Decimal | None = None
    #: accounts are told by IBAN and nothing else
    iban_only: bool = False
    #: what must be there, as ``group.party.name`` or ``payment.uetr``
    required: tuple[str, ...] = ()
    #: what must not be there
    forbidden: tuple[str, ...] = ()
    #: allowed codes by ``service_level``, ``local_instrument``, ``charges``, ``sequence``; others: all
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: what a group says where the order says nothing: ``service_level``, ``local_instrument``, ``charges``
    defaults: Mapping[str, str] = field(default_factory=dict)
    #: most free texts and structured parts of a remittance, and whether both may stand together
    texts: int = 1
    structured: int = 1
    is_mixed: bool = False
    #: most characters of a structured part with its tags; None: no limit
    structured_length: int | None = None
    addresses: tuple[AddressRule, ...] = ()
    #: when an address must be there: ``never``, ``outside_eea``, ``always``
    address_needed: str = "never"
    max_groups: int | None = None
    max_payments: int | None = None
    #: rules of Swiss QR references and QR accounts
    qr_reference: bool = False
    #: banking days between presentation and collection
    lead_days: int = 1

    def length(self, kind: str) -> int:
        """:return: the most characters of a kind of text"""
        return min(self.lengths.get(kind, KINDS[kind].length), KINDS[kind].length)

    def address_rule(self, day: date) -> AddressRule | None:
        """:return: what addresses have to be like on a day; None: anything goes"""
        found = [rule for rule in self.addresses if rule.since <= day]
        return max(found, key=lambda rule: rule.since) if found else None


@cache
def profiles() -> Mapping[str, Profile]:
    """:return: all profiles by code

    :raise ProfileError: a file is wrong
    """
    raw = {path.stem: _read(path) for path in sorted(FOLDER.glob("*.json"))}
    return {code: make(code, _inherited(code, raw, ())) for code in raw}


def make(code: str, values: Mapping[str, Any]) -> Profile:
    """Make a profile out of plain values, as a data file or a person gives them.

    :raise ProfileError: a key or value is not one of a profile
    """
    known = {one.name for one in dataclasses.fields(Profile)} - {"code"}
    if unknown := values.keys() - known - {"note", "extends", "is_abstract"}:
        raise ProfileError(f"Profile {code}: there is no {', '.join(sorted(unknown))}; known are {sorted(known)}")
    made: dict[str, Any] = {name: value for name, value in values.items() if name in known}
    try:
        for name, value in made.items():
            if name in ("minimum", "maximum") and value is not None:
                made[name] = Decimal(value)
            elif name == "addresses":
                made[name] = tuple(_address(one) for one in value)
            elif name == "codes":
                made[name] = {key: tuple(codes) for key, codes in value.items()}
            elif isinstance(value, list):
                made[name] = tuple(value)
        profile = Profile(code=code, **made)
    except (TypeError, ValueError, ArithmeticError, KeyError) as error:
        raise ProfileError(f"Profile {code}: {error}") from error
    _check(profile)
    return profile


def with_defaults(batch: Batch, profile: Profile) -> Batch:
    """The batch with what the scheme demands where the order says nothing (service level, charges ...)."""
    return dataclasses.replace(batch, groups=tuple(_defaulted(group, profile.defaults) for group in batch.groups))


def _defaulted(group: Group, defaults: Mapping[str, str]) -> Group:
    kind = group.type or PaymentType()
    if kind.service_level is None and "service_level" in defaults:
        kind = dataclasses.replace(kind, service_level=Code(value=defaults["service_level"]))
    if kind.local_instrument is None and "local_instrument" in defaults:
        kind = dataclasses.replace(kind, local_instrument=Code(value=defaults["local_instrument"]))
    charges = group.charges
    if charges is None and all(payment.charges is None for payment in group.payments):
        charges = defaults.get("charges")
    return dataclasses.replace(group, type=kind if kind != PaymentType() else group.type, charges=charges)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ProfileError(f"{path.name}: {error}") from error
    if not isinstance(found, dict):
        raise ProfileError(f"{path.name}: a profile is an object")
    return found


def _inherited(code: str, raw: Mapping[str, dict[str, Any]], below: tuple[str, ...]) -> dict[str, Any]:
    if code not in raw or code in below:
        raise ProfileError(f"Profile {below[-1] if below else code} extends {code}, which it cannot")
    own = raw[code]
    origin = own.get("extends")
    base = _inherited(origin, raw, (*below, code)) if origin else {}
    merged = {**base, **own}
    for name in ("lengths", "codes", "defaults"):
        if name in base and name in own:
            merged[name] = {**base[name], **own[name]}
    return merged


def _address(values: Mapping[str, Any]) -> AddressRule:
    return AddressRule(
        since=date.fromisoformat(values.get("since", "0001-01-01")),
        forms=tuple(values["forms"]),
        lines=values.get("lines", 7),
    )


def _check(profile: Profile) -> None:
    wrong = [
        *(f"version {version}" for version in profile.versions if version not in DIALECTS),
        *(f"kind of text {kind}" for kind in profile.lengths if kind not in KINDS),
        *(
            f"form of address {form}"
            for rule in profile.addresses
            for form in rule.forms
            if form not in ("none", "structured", "hybrid", "unstructured")
        ),
        *([f"charset {profile.charset}"] if profile.charset not in charset_names() else []),
        *([f"direction {profile.direction}"] if profile.direction not in (TRANSFER, DEBIT) else []),
        *(
            [f"address_needed {profile.address_needed}"]
            if profile.address_needed not in ("never", "outside_eea", "always")
            else []
        ),
        *(
            f"field {path}"
            for path in (*profile.required, *profile.forbidden)
            if path.partition(".")[0] not in ("group", "payment")
        ),
    ]
    wrong += [
        f"version {version} for a {profile.direction}"
        for version in profile.versions
        if version in DIALECTS and DIALECTS[version].direction != profile.direction
    ]
    if not profile.versions:
        wrong.append("empty list of versions")
    if wrong:
        raise ProfileError(f"Profile {profile.code}: {', '.join(wrong)} cannot be")
