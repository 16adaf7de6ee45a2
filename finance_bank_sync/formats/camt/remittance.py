"""What a payment is for: ``RmtInf`` (specs/camt.md section 5, remittance)."""

from __future__ import annotations

from typing import NamedTuple

from ..model import Money
from .amounts import optional_money
from .values import LOCAL, Element, Warnings, join_lines, named, reference, text_at, text_of


class Remittance(NamedTuple):
    """The fields of :class:`~.model.Detail` that remittance information fills."""

    text: str | None = None
    references: tuple[str, ...] = ()
    document_numbers: tuple[str, ...] = ()
    document_amounts: tuple[Money | None, ...] = ()


NO_REMITTANCE = Remittance()

#: characters of a line of text, and of those that Nordic banks cut anywhere, also within a word
_LONGEST = 140
_NORDIC = 35


def read_remittance(element: Element, warnings: Warnings) -> Remittance:
    """Read ``RmtInf``."""
    lines: list[str] = []
    references: list[str] = []
    documents: list[tuple[str, Money | None]] = []
    notes: list[str] = []
    for child in element:
        name = LOCAL[child.tag]
        if name == "Ustrd":
            text = child.text
            if text and reference(text):
                lines.append(text)
        elif name == "Strd":
            _read_structured(child, references, documents, notes, warnings)
    full = _NORDIC if len(lines) > 1 and all(len(line) == _NORDIC for line in lines[:-1]) else _LONGEST
    return Remittance(
        join_lines(lines + notes if full == _LONGEST else [join_lines(lines, full) or "", *notes]),
        tuple(references),
        tuple(document for document, _amount in documents) if documents else (),
        tuple(amount for _document, amount in documents) if documents else (),
    )


def _read_structured(
    element: Element,
    references: list[str],
    documents: list[tuple[str, Money | None]],
    notes: list[str],
    warnings: Warnings,
) -> None:
    """Read one ``Strd``.

    The creditor reference counts whatever its type says (SCOR, QRR, ISR Reference, BBA or a
    bank's own label): its content tells what it is.
    """
    numbers: list[str] = []
    amount: Money | None = None
    for child in element:
        name = LOCAL[child.tag]
        if name == "CdtrRefInf":
            text = reference(text_at(child, "Ref"))
            if text:
                references.append("".join(text.split()))
        elif name == "RfrdDocInf":
            text = reference(text_at(child, "Nb"))
            if text:
                numbers.append(text)
        elif name == "RfrdDocAmt":
            amount = _remitted_amount(child, warnings)
        elif name == "AddtlRmtInf":
            text = text_of(child)
            if text:
                notes.append(text)
    # An amount belongs to one document; beside several it cannot be told apart.
    documents += [(document, amount if len(numbers) == 1 else None) for document in numbers]


def _remitted_amount(element: Element, warnings: Warnings) -> Money | None:
    """Read the remitted amount of a document, negative for a credit note.

    Up to version 11 five named amounts; from 12 ``RmtAmtAndTp``, read when it is the only one.
    """
    for name, negative in (("RmtdAmt", False), ("CdtNoteAmt", True)):
        for child in named(element, name):
            if not text_of(child):
                continue
            return optional_money(child, negative, warnings)
    typed = named(element, "RmtAmtAndTp")
    amounts = named(typed[0], "Amt") if len(typed) == 1 else []
    return optional_money(amounts[0], False, warnings) if len(amounts) == 1 and text_of(amounts[0]) else None
