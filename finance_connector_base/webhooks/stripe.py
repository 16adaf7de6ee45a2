"""Stripe: ``Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>...]`` over ``{t}.{body}``, HMAC-SHA256.

The secret ``whsec_...`` is used as text. Repeated deliveries may differ in counters such as ``pending_webhooks``.
"""

from __future__ import annotations

import hashlib
import hmac

from .delivery import MAX_SIGNATURES, Delivery, Proof, Refused, Settings, check_age, seconds


class Stripe:
    """The identity is in the body (``id``), not in a header."""

    code = "stripe"
    uses = frozenset({"secrets", "tolerance"})
    same_bytes = False

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """:raise Refused: see :meth:`~.delivery.Scheme.verify`"""
        if not settings.secrets:
            raise Refused("no_secret")
        pairs = [part.strip().partition("=") for part in delivery.header("stripe-signature").split(",")]
        stamps = [value for name, _equals, value in pairs if name == "t"]
        given = [value for name, _equals, value in pairs if name == "v1"][:MAX_SIGNATURES]
        if len(stamps) != 1 or not given:
            raise Refused("malformed")
        sent_at = seconds(stamps[0])
        signed = f"{stamps[0]}.".encode() + delivery.body
        expected = [
            hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in settings.secrets
        ]
        if not any(hmac.compare_digest(value.encode(), right) for value in given for right in expected):
            raise Refused("signature")
        check_age(sent_at, now, settings.tolerance)
        return Proof(sent_at=sent_at)
