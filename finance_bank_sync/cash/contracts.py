"""What the interface for programs tells about accounts at banks and their statements."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from odoo.addons.finance_connector_base.api.contract import Amount, Contract, Currency, Moment, Name, Page, as_list
from odoo.addons.finance_connector_base.api.endpoints import Endpoint
from odoo.addons.finance_connector_base.api.submission import Day

RIGHTS = {"bank:read": "Read balances and statements of bank accounts"}

StatementState = Literal["received", "needs_attention", "on_ledger", "provisional", "superseded", "not_used"]
EntryState = Literal["received", "on_ledger", "repeated", "not_booked", "provisional", "superseded"]


class BankAccount(Contract):
    """An account at a bank: what the bank says, what the ledger says."""

    id: Name
    name: str
    company: Name
    bank: str | None
    currency: Currency
    bank_balance: Annotated[Amount | None, Field(description="Booked, as the bank told it last; null: never.")]
    available: Annotated[Amount | None, Field(description="As the bank told it last.")]
    told_at: Annotated[Moment | None, Field(description="The time the balance of the bank is of.")]
    is_stale: Annotated[bool, Field(description="Older than it may be, or never told.")]
    ledger_balance: Amount
    position: Annotated[Amount, Field(description="With what is on its way in and out.")]


class BankAccountList(Contract):
    """A part of the accounts."""

    data: list[BankAccount]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


class Statement(Contract):
    """A statement as the bank sent it, and how far it has come."""

    id: Name
    name: str
    account: Annotated[Name | None, Field(description="The account; null: of none that is known here.")]
    account_number: Annotated[str | None, Field(description="Masked.")]
    company: Name
    currency: Currency
    from_date: date | None
    to_date: date | None
    opening: Amount | None
    closing: Amount | None
    proof: Annotated[
        Literal["proved", "failed", "unprovable"] | None, Field(description="Whether balances and entries add up.")
    ]
    state: StatementState
    received_at: Moment


class StatementList(Contract):
    """A part of the statements."""

    data: list[Statement]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


class StatementQuery(Page):
    """Which statements."""

    account: Name | None = None
    state: Annotated[
        list[StatementState] | None, BeforeValidator(as_list), Field(description="Separated by commas.")
    ] = None
    since: Annotated[Day | None, Field(description="Closing on this day or later.")] = None


class StatementEntry(Contract):
    """One line of a statement."""

    id: Name
    booked_on: date | None
    value_on: date | None
    amount: Amount
    currency: Currency
    text: str | None
    remittance: str | None
    counterparty: Annotated[str | None, Field(description="As the bank names it.")]
    counterparty_account: Annotated[str | None, Field(description="Masked.")]
    end_to_end_id: str | None
    bank_reference: str | None
    state: EntryState
    is_reconciled: bool


class StatementEntryList(Contract):
    """A part of the lines of a statement."""

    data: list[StatementEntry]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


ENDPOINTS = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint(
            name="listBankAccounts",
            method="GET",
            path="/bank/accounts",
            right="bank:read",
            query=Page,
            answer=BankAccountList,
            summary="Accounts at banks with their balances",
        ),
        Endpoint(
            name="listStatements",
            method="GET",
            path="/bank/statements",
            right="bank:read",
            query=StatementQuery,
            answer=StatementList,
            summary="Statements as the bank sent them, and how far they have come",
        ),
        Endpoint(
            name="getStatement",
            method="GET",
            path="/bank/statements/{id}",
            right="bank:read",
            answer=Statement,
            summary="One statement",
        ),
        Endpoint(
            name="listStatementEntries",
            method="GET",
            path="/bank/statements/{id}/entries",
            right="bank:read",
            query=Page,
            answer=StatementEntryList,
            summary="The lines of a statement",
        ),
    )
}
