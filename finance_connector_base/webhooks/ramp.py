"""Ramp: an HMAC-SHA256 of the body in hexadecimal digits, the secret used as text.

The guide of 2025 calls the header ``X-Ramp-Webhook-Signature``, later sources ``X-Ramp-Signature``: either is taken,
and where both are sent both have to be right. Nothing signed says when a delivery was sent, and repetitions come for
hours with the same bytes: the identity of the event is what keeps a recording from having an effect twice.
"""

from __future__ import annotations

import hashlib
import hmac

from .delivery import Delivery, Proof, Refused, Settings

HEADERS = ("x-ramp-webhook-signature", "x-ramp-signature")


class Ramp:
    """One of two headers, no time."""

    code = "ramp"
    #: what Ramp calls the webhook is told with the answer to its challenge
    uses = frozenset({"secrets", "webhook_id"})
    same_bytes = True

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """:raise Refused: see :meth:`~.delivery.Scheme.verify`"""
        if not settings.secrets:
            raise Refused("no_secret")
        given = [delivery.header(name) for name in HEADERS if name in delivery.headers]
        if not given:
            raise Refused("unsigned")
        expected = [
            hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest().encode() for secret in settings.secrets
        ]
        for signature in given:
            written = signature.lower().encode()
            if not any(hmac.compare_digest(written, one) for one in expected):
                raise Refused("signature")
        return Proof()
