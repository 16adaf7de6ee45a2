"""The demo company's open documents, as the tests describe them to the sandbox bank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[3]

#: machines differ in speed; the tests say nothing about it
relaxed = settings(deadline=None)


def make_demand(**company: Any) -> dict[str, Any]:
    """Fifteen open documents: enough for every scene, and one that stays unpaid."""
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
