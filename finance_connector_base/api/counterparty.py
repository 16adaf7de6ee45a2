"""Counterparties that programs ask about, and figures of the ledger."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from .contract import Amount, Contract, Currency, Moment, Name, Page, as_list
from .submission import Company, Day

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["DE"], description="ISO 3166-1.")]


class CounterpartyQuestion(Contract):
    """What is known of a counterparty; at least a name, a VAT number or an IBAN."""

    name: Annotated[str | None, Field(min_length=2, max_length=200)] = None
    country: Country | None = None
    vat: Annotated[str | None, Field(min_length=4, max_length=32, description="With the country in front.")] = None
    iban: Annotated[str | None, Field(min_length=5, max_length=42)] = None

    @model_validator(mode="after")
    def _asks_something(self) -> CounterpartyQuestion:
        if not (self.name or self.vat or self.iban):
            raise ValueError("has to have a name, a vat or an iban")
        return self


class NumberVerdict(Contract):
    """Whether a number can be one; not whether anybody has it."""

    valid: Annotated[bool | None, Field(description="null: nothing is known about numbers of this country.")]
    country: Country | None = None
    reason: Annotated[
        Literal["format", "length", "checksum", "component", "country"] | None, Field(description="What is wrong.")
    ] = None


class LikelyDuplicate(Contract):
    """A counterparty that is here already and may be the same."""

    id: Name
    name: str
    score: Annotated[int, Field(ge=0, le=100)]
    reasons: list[Literal["vat", "account", "name", "similar"]]


class Screening(Contract):
    """What a screening service says. Nothing is passed that was not screened."""

    verdict: Literal["not_screened", "pass", "review", "hold"]
    source: Annotated[str | None, Field(description="Who has screened.")] = None
    detail: str | None = None


class CounterpartyVerdict(Contract):
    """What is to be said about a counterparty."""

    vat: NumberVerdict | None
    iban: NumberVerdict | None
    duplicates: list[LikelyDuplicate]
    screening: Screening


class BalanceQuery(Page):
    """Which balances."""

    company: Company = None
    date: Annotated[Day | None, Field(description="At the end of this day; without it of today.")] = None
    accounts: Annotated[
        list[Annotated[str, Field(max_length=64)]] | None,
        BeforeValidator(as_list),
        Field(max_length=100, description="Codes, separated by commas."),
    ] = None


class AccountBalance(Contract):
    """What the posted entries of an account come to, in the currency of the company."""

    account: str
    name: str
    type: str
    debit: Amount
    credit: Amount
    balance: Amount


class BalanceList(Contract):
    """A part of the balances of a company."""

    company: Name
    date: date
    currency: Currency
    data: list[AccountBalance]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


class ExposureQuery(Page):
    """Which exposures."""

    counterparty: Name | None = None
    status: Annotated[
        list[Literal["unlimited", "ok", "near", "over"]] | None,
        BeforeValidator(as_list),
        Field(description="Separated by commas."),
    ] = None


class Exposure(Contract):
    """What a customer owes a company, against the limit."""

    counterparty: Name
    name: str
    company: Name
    currency: Currency
    exposure: Amount
    overdue: Amount
    ordered: Annotated[Amount, Field(description="Ordered and not invoiced.")]
    credit_limit: Annotated[Amount | None, Field(description="null: none.")]
    headroom: Annotated[Amount | None, Field(description="What may still be sold on credit.")]
    status: Literal["unlimited", "ok", "near", "over"]
    refreshed_at: Moment | None


class ExposureList(Contract):
    """A part of the exposures."""

    data: list[Exposure]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


QUESTION_EXAMPLE = {"name": "Alder Furniture GmbH", "vat": "DE136695976", "iban": "DE89370400440532013000"}
