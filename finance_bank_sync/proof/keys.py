"""Identities: when are two statements, or two bookings, the same one (K-03, faults 43 and 44).

No field of a bank statement is guaranteed to be unique or stable (specs/camt.md section 8):
references are reused for several bookings, statement identifications start again each year,
``NtryRef`` is often a mere line number. So an entry is known by its basis and an occurrence
number:

- ``r``: the bank's own reference (``AcctSvcrRef``), with account, booking date and amount
- ``n``: else ``NtryRef``, if it is more than a line number, with the same
- ``c``: else the content: dates, amount, code, references, remittance, party

The occurrence number counts entries with the same basis in the order of the statement. Two
identical payments on one day stay two (1 and 2), and a statement that overlaps an earlier one
counts the overlap from 1 again and so gets the same keys for the same bookings.

That rests on statements that carry whole days. One that ends in the middle of a day between two
identical bookings, followed by one that starts there, cannot be told from a repetition by
content alone: the second twin gets number 1 again and looks known. It can be told by balances:
when the opening balance of the second is the closing balance of the first, nothing of it can
be known yet. Pass ``known`` then, and counting goes on where the first stopped. Without it the twin
is missing on the ledger, and the next proof of balances shows its amount as the difference.

Keys start with a version. A later version of these rules gives other keys and never
silently the same key for something else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from decimal import Decimal

from ..formats.model import Account, Balance, Detail, Entry, StatementStart
from . import balance

VERSION = "v1"
#: hexadecimal digits of a digest in a key: 160 bits
_DIGITS = 40
#: digits up to which an NtryRef is taken for a line number
_LINE_NUMBER_DIGITS = 9


def statement_key(start: StatementStart, balances: Iterable[Balance]) -> str:
    """Identity of a statement: account and currency, identification, sequence, page and the period it covers.

    The currency, because accounts of several currencies with one IBAN have statements that are numbered alike.
    The period, because banks use an identification again each year. It is the printed one, else
    the day of the closing balance, else the day of creation. The time of creation is not part of
    it: a statement that the bank writes once more is the same statement.
    """
    closing = balance.closing(balances)
    until = start.to_date or (closing.date if closing else None)
    if until is None and start.created_at is not None:
        until = start.created_at.date()
    return f"{VERSION}:" + _digest(
        (
            account_key(start.account),
            *([start.account.currency] if start.account.currency else []),
            _folded(start.identification),
            _folded(start.electronic_sequence or start.legal_sequence),
            _text(start.page_number),
            _text(start.from_date),
            _text(until),
        )
    )


def account_key(account: Account) -> str:
    """Identity of an account: its number without blanks, in capitals."""
    return "".join((account.iban or account.number or "").split()).upper()


class EntryKeys:
    """Gives the entries of one statement their keys, in order.

    ::

        keys = EntryKeys(start.account)
        for entry in entries:
            key = keys.key(entry)  # v1:r:3f0c...:1
    """

    def __init__(self, account: Account, known: Callable[[str], int] | None = None) -> None:
        """Start to count.

        :param known: for a statement that continues the last one without a gap or overlap
            (its opening balance is the last closing balance): tells how many entries with a
            basis are known already
        """
        self._account = account_key(account)
        self._known = known
        # digests and not texts: a large statement has as many as entries
        self._seen: dict[bytes, int] = {}

    def key(self, entry: Entry) -> str:
        """Return ``<basis>:<occurrence>``."""
        basis = self.basis(entry)
        short = bytes.fromhex(basis[-_DIGITS:])
        count = self._seen.get(short)
        if count is None:
            count = self._known(basis) if self._known else 0
        self._seen[short] = count + 1
        return f"{basis}:{count + 1}"

    def basis(self, entry: Entry) -> str:
        """Return what the key of an entry is made of, without the occurrence: ``v1:<kind>:<digest>``."""
        parts = [
            self._account,
            _text(entry.booking_date or entry.value_date),
            plain_amount(entry.money.amount),
            entry.money.currency,
        ]
        reference = _folded(entry.account_servicer_reference)
        if reference:
            return f"{VERSION}:r:{_digest([*parts, reference])}"
        reference = _folded(entry.entry_reference)
        if reference and not (reference.isdecimal() and len(reference) <= _LINE_NUMBER_DIGITS):
            return f"{VERSION}:n:{_digest([*parts, reference])}"
        return f"{VERSION}:c:{_digest([*parts, *_content(entry)])}"


def detail_key(entry_key: str, number: int) -> str:
    """Key of one detail of an entry, counted from 1: only valid while the entry is split."""
    return f"{entry_key}/{number}"


def plain_amount(amount: Decimal) -> str:
    """Write an amount the same however the bank wrote its zeros: 100, 100.0 and 0100.00 are equal."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _content(entry: Entry) -> list[str]:
    parts = [_text(entry.value_date), str(entry.is_reversal)]
    code = entry.transaction_code
    if code is not None:
        parts += [part or "" for part in (code.domain, code.family, code.subfamily, code.proprietary)]
    told = [_folded(text) for detail in entry.details for text in _detail_content(detail)]
    if not any(told):
        # only then: some banks put changing text beside structured details
        told.append(_folded(entry.additional_information))
    return parts + told


def _detail_content(detail: Detail) -> tuple[str | None, ...]:
    references = detail.references
    party = detail.counterparty
    return (
        references.end_to_end_id,
        references.transaction_id,
        references.account_servicer_reference,
        references.instruction_id,
        references.mandate_id,
        references.cheque_number,
        " ".join(detail.structured_references),
        " ".join(detail.document_numbers),
        detail.remittance,
        (party.iban or party.account_number) if party else None,
        (party.name or party.ultimate_name) if party else None,
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _folded(text: str | None) -> str:
    """Ignore what banks change between two deliveries of the same text: case and blanks."""
    return " ".join(text.split()).casefold() if text else ""


def _digest(parts: Iterable[str]) -> str:
    # with lengths: ("ab", "c") and ("a", "bc") must not collide
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


class ContentDigest:
    """Running digest of what a statement says, to tell a repeated statement from a changed one."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, piece: str) -> None:
        """Take one piece; order and borders count."""
        self._hash.update(f"{len(piece)}:{piece}".encode())

    def hexdigest(self) -> str:
        """Return the digest of everything taken so far."""
        return self._hash.hexdigest()
