"""Payhawk: RSA (PKCS#1 v1.5, SHA-256) over time, path of the address and body, with a key that Payhawk publishes.

What is signed is ``<time>:<path>:<body>`` with the time as the header has it. The sample that Payhawk has published
takes deliveries of the last minute; how old one may be is a setting. Nothing in a delivery names the key: there is one,
fetched from Payhawk's own interface.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timezone

from .delivery import CertificateWanted, Delivery, Proof, Refused, Settings, check_age, seconds
from .jws_detached import fits

TIME, SIGNATURE = "x-payhawk-timestamp", "x-payhawk-signature"
#: what the one key is called here
KEY = "rsa-public-key"


class Payhawk:
    """Time and signature in headers of their own."""

    code = "payhawk"
    uses = frozenset({"tolerance", "keys"})
    same_bytes = False

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """:raise Refused: see :meth:`~.delivery.Scheme.verify`
        :raise CertificateWanted: the key is not here yet
        """
        stamp = delivery.header(TIME)
        sent_at = _time(stamp)
        # a recording shall not make us fetch a key
        check_age(sent_at, now, settings.tolerance)
        try:
            signature = base64.b64decode(delivery.header(SIGNATURE), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused("malformed") from error
        if KEY not in settings.certificates:
            raise CertificateWanted(KEY)
        signed = f"{stamp}:{delivery.target}:".encode() + delivery.body
        if not fits(settings.certificates[KEY], "RS256", signature, signed):
            raise Refused("signature")
        return Proof(sent_at=sent_at)


def _time(text: str) -> int:
    """:return: seconds since 1970 of a time in ISO 8601, or of seconds as they are"""
    if text.isdigit():
        return seconds(text)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp())
    except (ValueError, OverflowError) as error:
        raise Refused("malformed") from error
