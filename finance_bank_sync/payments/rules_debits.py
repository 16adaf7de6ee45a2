"""What only direct debits have."""

from __future__ import annotations

import re

from .identifiers import is_creditor_id, is_iban
from .model import Group, Payment
from .violations import Findings

SEQUENCES = ("FRST", "RCUR", "OOFF", "FNAL")


def check_group_of_debits(group: Group, place: str, findings: Findings) -> None:
    """Check sequence and creditor identifier."""
    if group.sequence is not None and group.sequence not in SEQUENCES:
        findings.add(
            "code_unknown", f"{place}.sequence", f"{group.sequence!r} is no sequence", f"One of {', '.join(SEQUENCES)}"
        )
    if group.creditor_id is not None and not is_creditor_id(group.creditor_id):
        findings.add(
            "creditor_id_invalid",
            f"{place}.creditor_id",
            "The creditor identifier is not right: its check digits do not fit",
            "Compare it with the letter of the central bank",
        )


def check_collection(payment: Payment, place: str, findings: Findings) -> None:
    """Check mandate and amendment of one collection."""
    if len(payment.instructions) > 1 or any(one.code for one in payment.instructions):
        findings.add(
            "instruction_of_debit",
            f"{place}.instructions",
            "A direct debit takes one instruction, in words",
            "Put it into words, or leave it out",
        )
    mandate = payment.mandate
    if mandate is None:
        return
    if re.search(r"\s\s", mandate.reference):
        findings.add("mandate_blank", f"{place}.mandate.reference", "Two blanks together", "Take one away")
    change = mandate.amendment
    if change is None:
        return
    at = f"{place}.mandate.amendment"
    if not (
        change.original_mandate
        or change.original_creditor_id
        or change.original_creditor_name
        or change.original_iban
        or change.is_new_account
    ):
        findings.add("amendment_empty", at, "The amendment does not say what has changed", "Leave it out")
    if change.original_iban and not is_iban(change.original_iban):
        findings.add("iban_invalid", f"{at}.original_iban", "The former IBAN is not right", "Compare it")
    if change.original_iban and change.is_new_account:
        findings.add("amendment_twice", at, "Either the former IBAN or the mark of a new account", "Keep one of them")
    if change.original_creditor_id and not is_creditor_id(change.original_creditor_id):
        findings.add(
            "creditor_id_invalid", f"{at}.original_creditor_id", "The former identifier is not right", "Compare it"
        )
