"""A manufacturer with a shared service centre (X-11, expenses), played through: one company employs, another one pays.

The cards of the shared service centre are in dollars; its bank has paid one charge before anybody claims it. Used by
`make demo` and `make demo-check`. What the ledgers have to say is written here, by hand, not by the modules.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from . import expense_day, outside
from .console import SuiteError, require
from .rpc import Client

WORKS, SERVICES = "Heron Works", "Heron Services"
REPORTS = """
report_id,report_name,employee_id,entity,paying_entity,report_currency,approved,line_id,date,category,merchant,amount,payment
HR-1,Supplier audit,E-11,WORKS,SSC,USD,2026-03-12,1,2026-03-10,TRAVEL,Lakeside Hotel,250.00,company_card
HR-1,Supplier audit,E-11,WORKS,SSC,USD,2026-03-12,2,2026-03-10,TRAVEL,City Taxi,40.00,own
"""
CARDS = """
transaction_id,state,card,holder_id,date,settled,amount,currency,merchant,report,line
C-1,pending,5500 0000 0000 4711,E-11,2026-03-10,,240.00,USD,Lakeside Hotel,,
C-1,settled,5500 0000 0000 4711,E-11,2026-03-10,2026-03-12,250.00,USD,LAKESIDE HOTEL,HR-1,1
C-1,settled,5500 0000 0000 4711,E-11,2026-03-10,2026-03-12,250.00,USD,LAKESIDE HOTEL,HR-1,1
C-2,settled,5500 0000 0000 4712,E-12,2026-03-11,2026-03-13,30.00,USD,Paper Mill,,
C-3,pending,5500 0000 0000 4712,E-12,2026-03-14,,75.00,USD,Tool Shop,,
C-4,settled,5500 0000 0000 4713,E-99,2026-03-15,2026-03-16,12.00,USD,City Parking,,
"""
#: transaction -> state, match, cause
EXPECTED = {
    "C-1": ("settled", "matched", False),
    "C-2": ("settled", "unclaimed", False),
    "C-3": ("pending", "none", False),
    "C-4": ("settled", "unclaimed", "card_holder_unknown"),
}
#: company -> account -> what its entries have to come to; 1.25 dollars are a euro
LEDGER = {
    WORKS: {"Travel": "232.00", "Due to Heron Services": "-232.00"},
    SERVICES: {
        "Due from Heron Works": "232.00",
        "Owed to employees": "-32.00",
        "Bank": "-200.00",
        "Card clearing": "0.00",
    },
}


def play(client: Client, world: outside.World) -> None:
    """The bank has paid a charge; reports and transactions are dropped and fetched."""
    context = _context(client)
    _pay(client, context)
    expense_day.bring(client, world, context, "Expense platform of Heron", "heron", "heron-march.csv", REPORTS.lstrip())
    expense_day.bring(client, world, context, "Card company", "card", "card-march.csv", CARDS.lstrip())


def settle(client: Client) -> None:
    """Wait until every transaction is where it belongs."""
    context = _context(client)
    deadline = time.monotonic() + expense_day.PATIENCE
    while time.monotonic() < deadline:
        found = _cards(client, context)
        if found == EXPECTED:
            return
        time.sleep(1)
    raise SuiteError(f"After {expense_day.PATIENCE:.0f} s the card transactions are not as expected: {found}")


def verify(client: Client) -> Iterator[str]:
    """Compare both ledgers with what the files say, fact by fact."""
    context = _context(client)
    found = _cards(client, context)
    require(found == EXPECTED, f"the card transactions are {found}")
    yield "a charge of the card, its claim, the ledger and the bank agree; what is open has its cause (X-11)"
    for company, accounts in LEDGER.items():
        ledger = _ledger(client, context, company)
        wanted = {name: Decimal(amount) for name, amount in accounts.items()}
        require({name: ledger.get(name, Decimal(0)) for name in wanted} == wanted, f"{company} says {ledger}")
        require(not any(amount for name, amount in ledger.items() if name not in wanted), f"{company} says {ledger}")
    yield f"what {WORKS} owes {SERVICES} is what {SERVICES} has to get: the intercompany difference is zero"
    [total] = client.call(
        "finance.card.total",
        "search_read",
        [["company_id.name", "=", SERVICES]],
        ["proof", "charged_total", "ledger_total", "open_total", "exception_total"],
        context=context,
    )
    require(total["proof"] == "proved", f"the cards are charged otherwise than booked and open: {total}")
    charged, booked, open_, waiting = (total[f"{name}_total"] for name in ("charged", "ledger", "open", "exception"))
    yield f"charged {charged:.2f} = booked {booked:.2f} + without claim {open_:.2f} + needs attention {waiting:.2f}"


def _pay(client: Client, context: dict[str, Any]) -> None:
    [company, *_rest] = context["allowed_company_ids"]

    def one(model: str, *domain: list[Any]) -> int:
        [found] = client.call(model, "search", [*domain], context=context)
        return int(found)

    owned = ["company_ids", "in", [company]]
    dollar = one("res.currency", ["name", "=", "USD"])
    journal = one("account.journal", ["company_id", "=", company], ["code", "=", "EXP"])
    card = one("account.account", owned, ["name", "=", "Card clearing"])
    bank = one("account.account", owned, ["name", "=", "Bank"])
    lines = [
        {
            "account_id": card,
            "name": "LAKESIDE HOTEL",
            "currency_id": dollar,
            "amount_currency": 250.0,
            "balance": 200.0,
        },
        {"account_id": bank, "name": "LAKESIDE HOTEL", "balance": -200.0},
    ]
    values = {"journal_id": journal, "date": "2026-03-13", "line_ids": [[0, 0, line] for line in lines]}
    [move] = client.call("account.move", "create", [values], context=context)
    client.call("account.move", "action_post", [move], context=context)


def _ledger(client: Client, context: dict[str, Any], company: str) -> dict[str, Decimal]:
    lines = client.call(
        "account.move.line",
        "search_read",
        [["company_id.name", "=", company], ["parent_state", "=", "posted"]],
        ["account_id", "balance"],
        context=context,
    )
    ledger: dict[str, Decimal] = {}
    for line in lines:
        # the code stands before it, or not: accounts of another company than the first one show none
        name = line["account_id"][1].lstrip("0123456789 ")
        ledger[name] = ledger.get(name, Decimal(0)) + Decimal(str(line["balance"]))
    return ledger


def _cards(client: Client, context: dict[str, Any]) -> dict[str, tuple[str, str, Any]]:
    rows = client.call(
        "finance.card.transaction",
        "search_read",
        [],
        ["external_id", "state", "match_state", "reason_code"],
        context=context,
    )
    return {row["external_id"]: (row["state"], row["match_state"], row["reason_code"]) for row in rows}


def _context(client: Client) -> dict[str, Any]:
    names = [SERVICES, WORKS]
    rows = client.call("res.company", "search_read", [["name", "in", names]], ["name"])
    ids = {row["name"]: row["id"] for row in rows}
    return {"allowed_company_ids": [ids[name] for name in names]}
