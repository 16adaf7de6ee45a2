"""Shared fixtures of the sandbox tests: the demo company's open documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Demand = dict[str, Any]


def _demand(**company: Any) -> Demand:
    """Open documents: enough for every scene, and some that stay unpaid."""
    partners = ["Azure Interior", "Deco Addict", "Deco Addict", "Gemini", "Lumber", "Ready Mat"]
    invoices: list[dict[str, Any]] = [
        {
            "number": f"INV/2026/{number:05d}",
            "payment_reference": "RF18 5390 0754 7034" if number == 1 else f"INV/2026/{number:05d}",
            "partner": partners[number % len(partners)],
            "amount": f"{number * 111}.{number:02d}",
            "date": "2025-12-15",
        }
        for number in range(1, 20)
    ]
    invoices += [
        {"number": "INV/2026/00090", "partner": "Ünïcode & Söhne", "amount": 1500.5, "currency": "USD"},
        {"number": "BILL/2026/01", "partner": "Wood Corner", "amount": "321.00", "kind": "vendor"},
        {"number": "BILL/2026/02", "partner": "Wood Corner", "amount": "99.90", "kind": "vendor"},
    ]
    values = {
        "name": "Müller & Töchter GmbH",
        "iban": "DE02120300000000202051",
        "currency": "EUR",
        "start_date": "2026-01-02",
        "opening_balance": "10000.00",
        **company,
    }
    return {"company": values, "invoices": invoices}


@pytest.fixture(scope="session")
def make_demand() -> Callable[..., Demand]:
    """Make the document; keyword arguments change the company."""
    return _demand


@pytest.fixture
def demand_text() -> str:
    """The document as JSON, the way people write it."""
    return json.dumps(_demand())
