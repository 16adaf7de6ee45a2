"""Standard Webhooks 1.0: ``webhook-id``, ``webhook-timestamp``, ``webhook-signature`` (spec/standard-webhooks.md).

Secrets are ``whsec_`` + base64 (HMAC-SHA256, decoded before use) or public keys ``whpk_`` + base64 (Ed25519).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .delivery import MAX_SIGNATURES, Delivery, Proof, Refused, Settings, check_age, seconds

SECRET_PREFIX = "whsec_"
PUBLIC_PREFIX = "whpk_"

#: characters of an identity; what is longer is no name
LONGEST_IDENTITY = 256


class StandardWebhooks:
    """Signed are identity, time and body, joined by dots; several signatures while secrets change."""

    code = "standard"
    uses = frozenset({"secrets", "tolerance"})
    same_bytes = True

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """:raise Refused: see :meth:`~.delivery.Scheme.verify`"""
        if not settings.secrets:
            raise Refused("no_secret")
        identity = delivery.header("webhook-id")
        if "." in identity or len(identity) > LONGEST_IDENTITY:
            # a dot would let the same signed bytes be cut in two ways
            raise Refused("malformed")
        stamp = delivery.header("webhook-timestamp")
        sent_at = seconds(stamp)
        signed = f"{identity}.{stamp}.".encode() + delivery.body
        given = delivery.header("webhook-signature").split()[:MAX_SIGNATURES]
        if not any(_fits(token, signed, secret) for token in given for secret in settings.secrets):
            raise Refused("signature")
        check_age(sent_at, now, settings.tolerance)
        return Proof(delivery_id=identity, sent_at=sent_at)


def sign(secret: str, identity: str, sent_at: int, body: bytes) -> str:
    """:return: one signature as it stands in ``webhook-signature``
    :param secret: ``whsec_...``
    :raise ValueError: the secret is none of this scheme
    """
    signed = f"{identity}.{sent_at}.".encode() + body
    digest = hmac.new(symmetric_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def signed_headers(secrets: Sequence[str], identity: str, sent_at: int, body: bytes) -> dict[str, str]:
    """:return: the headers of a delivery
    :param secrets: each signs, for a receiver may know only one of them yet, or any longer
    :param identity: of what is delivered, the same in every attempt
    :param sent_at: of this attempt, in seconds since 1970
    """
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": " ".join(sign(secret, identity, sent_at, body) for secret in secrets),
    }


def symmetric_key(secret: str) -> bytes:
    """:return: the bytes behind ``whsec_...``
    :raise ValueError: not of this form, or no 24 to 64 bytes
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64") from error
    if not 24 <= len(key) <= 64:
        raise ValueError("a secret has 24 to 64 bytes")
    return key


def _fits(token: str, signed: bytes, secret: str) -> bool:
    version, _comma, value = token.partition(",")
    try:
        given = base64.b64decode(value, validate=True)
        if version == "v1" and not secret.startswith(PUBLIC_PREFIX):
            expected = hmac.new(symmetric_key(secret), signed, hashlib.sha256).digest()
            return hmac.compare_digest(given, expected)
        if version == "v1a" and secret.startswith(PUBLIC_PREFIX):
            key = base64.b64decode(secret.removeprefix(PUBLIC_PREFIX), validate=True)
            Ed25519PublicKey.from_public_bytes(key).verify(given, signed)
            return True
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return False
