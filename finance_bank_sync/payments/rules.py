"""Everything that a bank would refuse about a batch, told at once and before anybody approves it (K-09, K-32).

The rules are those of the standard, of the version of the message, and of the profile. A batch without errors gives a
file that its official schema accepts; tests/unit/finance_bank_sync/test_payment_files.py holds that for any text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from .charset import charset
from .fields import Text
from .identifiers import EEA
from .model import Batch, Group, Payment
from .profile import Profile
from .rules_codes import check_codes
from .rules_debits import check_collection, check_group_of_debits
from .rules_money import check_amount
from .rules_parties import check_parties
from .rules_remittance import check_remittance
from .rules_texts import check_text, check_texts
from .transliterate import Change
from .versions import DIALECTS, Dialect
from .violations import Findings, Violation

NOT_PROVIDED = "NOTPROVIDED"


def check(batch: Batch, profile: Profile, *, version: str = "", today: date | None = None) -> tuple[Violation, ...]:
    """Check a batch as the file would tell it (after :func:`.transliterate.prepare`).

    :param version: name of the message; without, the one that the profile prefers
    :param today: to find days that are over; without, days are not compared
    :return: all violations, in the order of the batch
    """
    findings = Findings()
    dialect = DIALECTS.get(version or profile.versions[0])
    if dialect is None or dialect.version not in profile.versions:
        findings.add(
            "version_unknown",
            "",
            f"{profile.name} has no version {version}",
            f"Choose one of {', '.join(profile.versions)}",
        )
        return tuple(findings.all)
    if dialect.direction != batch.direction:
        findings.add("direction", "", f"{profile.name} is no profile of a {batch.direction}", "Choose another profile")
        return tuple(findings.all)
    letters = charset(profile.charset)
    check_texts(batch.initiator, "initiator", profile, letters, findings)
    check_text(Text("message_id", "reference", batch.message_id), profile, letters, findings)
    check_parties(batch.initiator, "initiator", dialect, findings)
    _check_size(batch, profile, findings)
    seen = _Seen()
    for number, group in enumerate(batch.groups):
        _check_group(group, f"groups[{number}]", profile, dialect, today, findings)
        seen.group(group, f"groups[{number}]", findings)
        for place, payment in _payments(group, number):
            _check_payment(payment, group, place, profile, dialect, findings)
            seen.payment(payment, place, findings)
            if profile.one_currency and payment.amount.currency != seen.currency(group, payment):
                findings.add(
                    "currency_mixed",
                    f"{place}.amount",
                    "One group holds one currency only",
                    "Make a group for each currency",
                )
    return tuple(findings.all)


def check_losses(changes: Iterable[Change]) -> tuple[Violation, ...]:
    """What transliteration has lost: an error in a name or address, to be looked at in a text.

    :param changes: of :func:`.transliterate.prepare`
    """
    return tuple(
        Violation(
            code="letters_lost",
            place=change.place,
            message=f"No letters for {' '.join(map(repr, change.lost[:10]))}: it would get {change.after!r}",
            fix="Enter it in Latin letters",
            is_error=change.kind not in ("text", "instruction"),
        )
        for change in changes
        if change.lost
    )


def has_errors(violations: tuple[Violation, ...]) -> bool:
    """:return: whether something stands against sending the file"""
    return any(one.is_error for one in violations)


class _Seen:
    """What may occur once only."""

    def __init__(self) -> None:
        self._groups: set[str] = set()
        self._payments: set[str] = set()
        self._uetrs: set[str] = set()
        self._currencies: dict[int, str] = {}

    def currency(self, group: Group, payment: Payment) -> str:
        return self._currencies.setdefault(id(group), payment.amount.currency)

    def group(self, group: Group, place: str, findings: Findings) -> None:
        if group.id in self._groups:
            findings.add(
                "group_id_twice", f"{place}.id", f"The id {group.id} is there twice", "Give each group its own id"
            )
        self._groups.add(group.id)

    def payment(self, payment: Payment, place: str, findings: Findings) -> None:
        key = payment.end_to_end_id
        if key in self._payments and key != NOT_PROVIDED:
            findings.add(
                "end_to_end_twice",
                f"{place}.end_to_end_id",
                f"The end-to-end id {key} is there twice: the bank's answers could not be told apart",
                "Give each payment an id of its own",
            )
        self._payments.add(key)
        if payment.uetr:
            if payment.uetr in self._uetrs:
                findings.add("uetr_twice", f"{place}.uetr", "The UETR is there twice", "Make a new one")
            self._uetrs.add(payment.uetr)


def _payments(group: Group, number: int) -> Iterator[tuple[str, Payment]]:
    for index, payment in enumerate(group.payments):
        yield f"groups[{number}].payments[{index}]", payment


def _check_size(batch: Batch, profile: Profile, findings: Findings) -> None:
    if not batch.groups:
        findings.add("empty", "groups", "There is nothing to pay", "Add a payment")
    if profile.max_groups is not None and len(batch.groups) > profile.max_groups:
        findings.add(
            "too_many_groups",
            "groups",
            f"A file holds at most {profile.max_groups} groups, this one {len(batch.groups)}",
            "Split it into several files",
        )
    count = sum(1 for group in batch.groups for _payment in group.payments)
    if profile.max_payments is not None and count > profile.max_payments:
        findings.add(
            "too_many_payments",
            "groups",
            f"A file holds at most {profile.max_payments} payments, this one {count}",
            "Split it into several files",
        )


def _check_group(
    group: Group, place: str, profile: Profile, dialect: Dialect, today: date | None, findings: Findings
) -> None:
    bare = dataclasses.replace(group, payments=())
    check_texts(bare, place, profile, charset(profile.charset), findings)
    check_parties(bare, place, dialect, findings, rule=profile.address_rule(group.date))
    check_codes(bare, place, profile, dialect, findings)
    _check_presence(group, place, "group", profile, findings)
    if not any(True for _payment in group.payments):
        findings.add("empty", f"{place}.payments", "There is nothing to pay", "Add a payment")
    if today is not None and group.date < today:
        findings.add("date_past", f"{place}.date", f"{group.date} is over", "Choose a day from today on")
    if not group.account.iban and not group.account.number:
        findings.add("account_missing", f"{place}.account", "The own account has no number", "Enter its IBAN")
    if dialect.direction == "debit":
        check_group_of_debits(group, place, findings)


def _check_payment(
    payment: Payment, group: Group, place: str, profile: Profile, dialect: Dialect, findings: Findings
) -> None:
    check_texts(payment, place, profile, charset(profile.charset), findings)
    check_parties(payment, place, dialect, findings, rule=profile.address_rule(group.date))
    check_codes(payment, place, profile, dialect, findings)
    check_amount(payment.amount, f"{place}.amount", profile, findings)
    check_remittance(payment, place, profile, dialect, findings)
    _check_presence(payment, place, "payment", profile, findings)
    _check_address(payment, place, profile, findings)
    if group.charges and payment.charges:
        findings.add(
            "charges_twice", f"{place}.charges", "Group and payment both say who bears the charges", "Say it once"
        )
    if dialect.direction == "debit":
        check_collection(payment, place, findings)


def _check_presence(value: Any, place: str, owner: str, profile: Profile, findings: Findings) -> None:
    for path in profile.required:
        start, _, rest = path.partition(".")
        if start == owner and not _at(value, rest):
            what = rest.replace(".", " ").replace("_", " ")
            findings.add("required", f"{place}.{rest}", f"{profile.name} needs: {what}", f"Enter the {what}")
    for path in profile.forbidden:
        start, _, rest = path.partition(".")
        if start == owner and _at(value, rest):
            what = rest.replace(".", " ").replace("_", " ")
            findings.add(
                "forbidden",
                f"{place}.{rest}",
                f"{profile.name} does not take: {what}",
                f"Leave the {what} out, or choose another way to pay",
            )


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        if value is None:
            return None
        value = getattr(value, name)
    return value


def _check_address(payment: Payment, place: str, profile: Profile, findings: Findings) -> None:
    address = payment.counterparty.address
    if address is not None and address.form != "none":
        return
    country = (payment.account.iban or "")[:2] if payment.account else ""
    is_needed = profile.address_needed == "always" or (
        profile.address_needed == "outside_eea" and bool(country) and country not in EEA
    )
    if is_needed:
        findings.add(
            "address_missing",
            f"{place}.counterparty.address",
            "The address of the other side is needed" + (f" for a bank in {country}" if country else ""),
            "Enter at least town and country",
        )
