"""What is asked of a screening or a payee verification, and what an answer means (K-26, S-29).

One JSON document each way. ``pass`` is an answer that says so about every payment that was asked about, in the form
agreed on; whatever else comes back, or does not, is ``review``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.safe.masking import mask_text

from .canonical import plain
from .model import Batch

PASS, REVIEW, HOLD = "pass", "review", "hold"
VERDICTS = (PASS, REVIEW, HOLD)
#: what a verification of payees says about one, and what that means (as in the EPC's scheme)
MATCHES = {"match": PASS, "close_match": REVIEW, "not_possible": REVIEW, "no_match": HOLD}
#: characters of the provider's own words that are kept
_WORDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What came of a question.

    :param detail: why, for people, masked
    """

    verdict: str
    reference: str = ""
    detail: str = ""


def question(kind: str, digest: str, batch: Batch) -> dict[str, Any]:
    """The document that is sent: who is paid how much on which account.

    :param kind: ``screening`` or ``payee``
    """
    return {
        "version": 1,
        "kind": kind,
        "digest": digest,
        "debtor": {"name": batch.initiator.name or "", "account": _number(batch.groups[0].account)},
        "payments": [
            {
                "id": payment.end_to_end_id,
                "name": payment.counterparty.name or "",
                "account": _number(payment.account),
                "bank": payment.agent.bic if payment.agent else None,
                "amount": plain(payment.amount.amount),
                "currency": payment.amount.currency,
                "date": group.date.isoformat(),
                "country": payment.counterparty.address.country if payment.counterparty.address else None,
                "text": " ".join(payment.remittance),
            }
            for group in batch.groups
            for payment in group.payments
        ],
    }


def answer(body: bytes, *, digest: str, ids: Iterable[str]) -> Opinion:
    """Read an answer; never anything but ``review`` when it is not exactly what was agreed on.

    :param digest: of what was asked
    :param ids: the payments that were asked about
    """
    try:
        told = strict_json.loads(body)
    except SafetyError as error:
        return _unclear(f"it is not JSON as agreed ({error.code})")
    if not isinstance(told, dict) or told.get("digest") != digest:  # public: a fingerprint of content, no secret
        return _unclear("it is not about this content")
    reference = told.get("reference")
    if not isinstance(reference, str) or not reference:
        return _unclear("it has no reference")
    words = _words(told)
    if isinstance(told.get("verdict"), str) and told["verdict"] in VERDICTS and "payments" not in told:
        return Opinion(verdict=told["verdict"], reference=reference[:100], detail=words)
    return _of_payments(told, reference[:100], words, set(ids))


def _of_payments(told: Mapping[str, Any], reference: str, words: str, ids: set[str]) -> Opinion:
    """An answer payment by payment: the worst one counts, and a missing one is none."""
    listed = told.get("payments")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return _unclear("it has neither a verdict nor payments")
    results = {one.get("id"): one.get("result") for one in listed}
    verdicts = {key: MATCHES.get(result) if isinstance(result, str) else None for key, result in results.items()}
    if set(verdicts) != ids or None in verdicts.values():
        return _unclear("it does not say a known result about each payment")
    worst = next(one for one in (HOLD, REVIEW, PASS) if one in verdicts.values() or one == PASS)
    counts = {result: list(results.values()).count(result) for result in MATCHES if result in results.values()}
    summary = ", ".join(f"{count} {result.replace('_', ' ')}" for result, count in counts.items())
    return Opinion(verdict=worst, reference=reference, detail=f"{summary}. {words}".strip())


def _unclear(why: str) -> Opinion:
    return Opinion(verdict=REVIEW, detail=f"The answer cannot be used: {why}.")


def _words(told: Mapping[str, Any]) -> str:
    listed = told.get("reasons")
    texts = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    text = mask_text("; ".join(texts))
    return "".join(character if character.isprintable() else " " for character in text)[:_WORDS]


def _number(account: Any) -> str:
    return (account.iban or account.number or "") if account else ""
