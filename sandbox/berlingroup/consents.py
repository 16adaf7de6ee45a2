"""Consents of the stand-in, and the page where a person says yes."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(slots=True)
class Consent:
    """One consent: what it opens, and how often it was used without a person today."""

    reference: str
    access: dict[str, Any]
    until: date
    frequency: int
    return_to: str
    refused_to: str
    status: str = "received"
    #: (account, endpoint) -> calls without a person
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    code: str = ""

    def told(self) -> dict[str, Any]:
        """As ``GET /consents/{id}`` tells it."""
        return {
            "access": self.access,
            "recurringIndicator": True,
            "validUntil": self.until.isoformat(),
            "frequencyPerDay": self.frequency,
            "consentStatus": self.status,
        }


class Consents:
    """All of them. A new one that is said yes to replaces the older ones, as the guidelines have it."""

    def __init__(self) -> None:
        self._by_reference: dict[str, Consent] = {}

    def begin(self, access: dict[str, Any], until: date, frequency: int, return_to: str, refused_to: str) -> Consent:
        reference = f"CNS-{secrets.token_hex(6)}"
        consent = Consent(reference, access, until, frequency, return_to, refused_to)
        self._by_reference[reference] = consent
        return consent

    def get(self, reference: str) -> Consent | None:
        return self._by_reference.get(reference)

    def say_yes(self, consent: Consent) -> None:
        for other in self._by_reference.values():
            if other is not consent and other.status == "valid":
                other.status = "terminatedByTpp"
        consent.status = "valid"

    def all(self) -> list[Consent]:
        return list(self._by_reference.values())
