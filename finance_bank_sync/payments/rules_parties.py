"""Accounts, banks, identifiers and addresses, wherever they stand."""

from __future__ import annotations

import dataclasses
from typing import Any

from . import clearing
from .fields import plan
from .identifiers import BIC, COUNTRY, CURRENCY, UETR, is_iban, is_lei
from .model import Account, Address, Agent, Party, Payment, Regulatory
from .profile import AddressRule
from .versions import NEWER_ADDRESS, Dialect
from .violations import Findings


def check_parties(
    value: Any, place: str, dialect: Dialect, findings: Findings, *, rule: AddressRule | None = None
) -> None:
    """Check everything inside a value that identifies somebody or something."""
    if isinstance(value, Party):
        _party(value, place, dialect, findings)
    elif isinstance(value, Account):
        _account(value, place, findings)
    elif isinstance(value, Agent):
        _agent(value, place, dialect, findings)
    elif isinstance(value, Address):
        _address(value, place, dialect, rule, findings)
        return
    elif isinstance(value, Regulatory):
        for name in ("authority_country", "country"):
            _country(getattr(value, name), f"{place}.{name}", findings)
        if value == Regulatory():
            findings.add("regulatory_empty", place, "The report says nothing", "Leave it out")
    elif isinstance(value, Payment):
        _uetr(value, place, dialect, findings)
    for name, kind in plan(type(value)):
        inner = getattr(value, name)
        if kind or inner is None:
            continue
        if isinstance(inner, tuple):
            for number, item in enumerate(inner):
                check_parties(item, f"{place}.{name}[{number}]", dialect, findings, rule=rule)
        else:
            check_parties(inner, f"{place}.{name}", dialect, findings, rule=rule)


def _party(party: Party, place: str, dialect: Dialect, findings: Findings) -> None:
    _bic(party.bic, f"{place}.bic", findings)
    _lei(party.lei, f"{place}.lei", dialect, findings)
    _country(party.country_of_residence, f"{place}.country_of_residence", findings)
    if dataclasses.replace(party, is_person=False) == Party():
        findings.add("party_empty", place, "Nothing says who it is", "Leave it out, or enter a name")
    if party.is_person and (party.bic or party.lei):
        findings.add("person_with_lei", place, "A person has neither BIC nor LEI", "Take it away")


def _account(account: Account, place: str, findings: Findings) -> None:
    if account.iban and not is_iban(account.iban):
        findings.add(
            "iban_invalid",
            f"{place}.iban",
            "The IBAN is not right: its check digits or its length do not fit",
            "Compare it with the invoice of the vendor, without blanks",
        )
    if not account.iban and not account.number:
        findings.add("account_missing", place, "The account has no number", "Enter its IBAN or number")
    if account.iban and account.number:
        findings.add("account_twice", place, "The account has an IBAN and another number", "Keep the IBAN")
    if account.iban and account.scheme:
        findings.add("account_scheme", f"{place}.scheme", "An IBAN needs no scheme", "Leave it out")
    if account.currency is not None and not CURRENCY.fullmatch(account.currency):
        findings.add("currency_invalid", f"{place}.currency", "That is no currency", "Enter three capital letters")


def _agent(agent: Agent, place: str, dialect: Dialect, findings: Findings) -> None:
    _bic(agent.bic, f"{place}.bic", findings)
    _lei(agent.lei, f"{place}.lei", dialect, findings)
    if agent.clearing_system and not agent.clearing_member:
        findings.add("clearing_member", place, "The bank's number in the clearing system is missing", "Enter it")
    if agent.clearing_member and not clearing.is_member(agent.clearing_system or "", agent.clearing_member):
        findings.add(
            "clearing_invalid",
            f"{place}.clearing_member",
            f"That is no clearing number of a bank in {agent.clearing_system}",
            "Compare it with the invoice of the vendor",
        )
    if not agent.bic and not agent.clearing_member and not agent.name:
        findings.add("agent_unknown", place, "Nothing says which bank it is", "Enter BIC, clearing number or name")


def _address(address: Address, place: str, dialect: Dialect, rule: AddressRule | None, findings: Findings) -> None:
    _country(address.country, f"{place}.country", findings)
    if dialect.is_first:
        for name in NEWER_ADDRESS:
            if getattr(address, name):
                findings.add(
                    "version_lacks",
                    f"{place}.{name}",
                    f"{dialect.version} has no {name.replace('_', ' ')} in an address",
                    "Put it into the street, or send a newer version",
                )
    if len(address.lines) > 7:
        findings.add("address_lines", f"{place}.lines", "More than seven address lines", "Write it shorter")
    if address.form == "none" and not address.country:
        findings.add("address_empty", place, "The address is empty", "Leave it out")
    if rule is None:
        return
    if address.form != "none" and address.form not in rule.forms:
        findings.add(
            "address_form",
            place,
            f"The bank takes no {address.form} address for payments from {rule.since} on"
            if rule.since.year > 1
            else f"The bank takes no {address.form} address",
            "Enter town and country in their own fields",
        )
    if len(address.lines) > rule.lines:
        findings.add("address_lines", f"{place}.lines", f"More than {rule.lines} address lines", "Write it shorter")
    if address.form == "hybrid" and any(line.casefold() == (address.town or "").casefold() for line in address.lines):
        findings.add("address_repeats", f"{place}.lines", "A line repeats the town", "Take the line away")


def _uetr(payment: Payment, place: str, dialect: Dialect, findings: Findings) -> None:
    if payment.uetr is None:
        return
    if not UETR.fullmatch(payment.uetr):
        findings.add("uetr_invalid", f"{place}.uetr", "That is no UUID of version 4 in small letters", "Make a new one")
    if dialect.is_first:
        findings.add("version_lacks", f"{place}.uetr", f"{dialect.version} has no UETR", "Send a newer version")


def _bic(bic: str | None, place: str, findings: Findings) -> None:
    if bic is not None and not BIC.fullmatch(bic):
        findings.add("bic_invalid", place, "That is no BIC", "Enter its 8 or 11 capital letters and digits")


def _lei(lei: str | None, place: str, dialect: Dialect, findings: Findings) -> None:
    if lei is None:
        return
    if not is_lei(lei):
        findings.add("lei_invalid", place, "The LEI is not right: its check digits do not fit", "Compare it")
    if dialect.is_first:
        findings.add("version_lacks", place, f"{dialect.version} has no LEI", "Send a newer version, or leave it out")


def _country(country: str | None, place: str, findings: Findings) -> None:
    if country is not None and not COUNTRY.fullmatch(country):
        findings.add("country_invalid", place, "That is no country code", "Enter the two capital letters of ISO 3166")
