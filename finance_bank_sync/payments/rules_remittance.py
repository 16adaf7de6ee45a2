"""What the payment is for: free texts, references with check digits, documents."""

from __future__ import annotations

from ..matching.structured import is_belgian, is_qr, is_rf
from .currencies import fits
from .identifiers import CURRENCY, is_qr_iban
from .model import Money, Payment, Structured
from .profile import Profile
from .versions import Dialect
from .violations import Findings
from .xml_blocks import structured_part


def check_remittance(payment: Payment, place: str, profile: Profile, dialect: Dialect, findings: Findings) -> None:
    """Check number, length and check digits."""
    if len(payment.remittance) > profile.texts:
        findings.add(
            "remittance_texts",
            f"{place}.remittance",
            f"{len(payment.remittance)} texts where {profile.texts} is taken",
            "Put them into one text",
        )
    if len(payment.structured) > profile.structured:
        findings.add(
            "remittance_structured",
            f"{place}.structured",
            f"{len(payment.structured)} structured parts where {profile.structured} is taken",
            "Pay each document by itself, or name them in the text",
        )
    if payment.remittance and payment.structured and not profile.is_mixed:
        findings.add(
            "remittance_mixed",
            f"{place}.remittance",
            "A structured reference and a free text do not go together",
            "Keep the reference",
        )
    for number, part in enumerate(payment.structured):
        _structured(part, f"{place}.structured[{number}]", profile, findings)
    if profile.qr_reference:
        _qr(payment, place, findings)


def _structured(part: Structured, place: str, profile: Profile, findings: Findings) -> None:
    kind = part.reference_type.value if part.reference_type else None
    reference = part.reference or ""
    if not part.reference and not part.document_number and not part.message:
        findings.add("structured_empty", place, "The structured part says nothing", "Enter its reference")
    if part.reference_issuer and not part.reference_type:
        findings.add("reference_type", f"{place}.reference_type", "The kind of the reference is missing", "Enter it")
    is_wrong = (
        (kind == "SCOR" and part.reference_issuer == "BBA" and not is_belgian(reference))
        or (kind == "SCOR" and part.reference_issuer is None and not is_rf(reference))
        or (kind == "QRR" and not is_qr(reference))
    )
    if is_wrong:
        findings.add(
            "reference_invalid",
            f"{place}.reference",
            "The check digits of the reference do not fit",
            "Compare it with the invoice",
        )
    if part.document_amount is not None:
        _document_amount(part.document_amount, f"{place}.document_amount", findings)
    length = len(structured_part(part)) if not is_wrong else 0
    if profile.structured_length is not None and length > profile.structured_length:
        findings.add(
            "structured_length",
            place,
            f"{length} characters with their tags where {profile.structured_length} are taken",
            "Keep the reference alone",
        )


def _document_amount(money: Money, place: str, findings: Findings) -> None:
    if not CURRENCY.fullmatch(money.currency) or not fits(money.amount, money.currency) or not money.amount:
        findings.add("amount_places", place, "The amount of the document is not right", "Round it, or leave it out")
    elif money.amount.adjusted() >= 13:
        findings.add("amount_digits", place, "More than 18 digits", "Leave it out")


def _qr(payment: Payment, place: str, findings: Findings) -> None:
    kinds = {part.reference_type.value for part in payment.structured if part.reference_type}
    is_account = bool(payment.account and payment.account.iban and is_qr_iban(payment.account.iban))
    if is_account and "QRR" not in kinds:
        findings.add(
            "qr_reference_missing",
            f"{place}.structured",
            "The account (QR-IBAN) takes payments with QR reference only",
            "Enter the 27 digits of the QR bill",
        )
    if "QRR" in kinds and not is_account:
        findings.add(
            "qr_account",
            f"{place}.account.iban",
            "A QR reference belongs to a QR-IBAN",
            "Enter the IBAN of the QR bill, or leave the reference out",
        )
