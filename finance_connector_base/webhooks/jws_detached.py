"""A signature beside the body: JWS with detached payload (RFC 7515, appendix F; RFC 7797 for ``b64: false``).

Keys are those entered on the endpoint. What a signature says of its own key (``jwk``, ``x5c``, ``jku``) is never
used, and the algorithm has to be one of the key, so that a public key is never taken for a password.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509 import load_pem_x509_certificate

from ..safe import strict_json
from ..safe.errors import SafetyError
from ..transports.jws import base64url
from .delivery import Delivery, Proof, Refused, Settings, check_age

DEFAULT_HEADER = "x-jws-signature"
#: names under which senders write the time of signing into the header
TIMES = ("iat", "http://openbanking.org.uk/iat")
_RSA: dict[str, tuple[padding.AsymmetricPadding, hashes.HashAlgorithm]] = {
    "PS256": (padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size), hashes.SHA256()),
    "PS384": (padding.PSS(padding.MGF1(hashes.SHA384()), hashes.SHA384.digest_size), hashes.SHA384()),
    "PS512": (padding.PSS(padding.MGF1(hashes.SHA512()), hashes.SHA512.digest_size), hashes.SHA512()),
    "RS256": (padding.PKCS1v15(), hashes.SHA256()),
    "RS384": (padding.PKCS1v15(), hashes.SHA384()),
    "RS512": (padding.PKCS1v15(), hashes.SHA512()),
}
#: curve -> (algorithm, hash, bytes of each half)
_CURVES: dict[str, tuple[str, hashes.HashAlgorithm, int]] = {
    "secp256r1": ("ES256", hashes.SHA256(), 32),
    "secp384r1": ("ES384", hashes.SHA384(), 48),
    "secp521r1": ("ES512", hashes.SHA512(), 66),
}


class DetachedJws:
    """``<header>..<signature>`` in a header of its own; keys and certificates in PEM stand for the secrets."""

    code = "jws"
    uses = frozenset({"secrets", "tolerance", "header"})
    same_bytes = True

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """:raise Refused: see :meth:`~.delivery.Scheme.verify`"""
        if not settings.secrets:
            raise Refused("no_secret")
        parts = delivery.header(settings.header or DEFAULT_HEADER).split(".")
        if len(parts) != 3 or parts[1]:
            raise Refused("malformed")
        head = read_head(parts[0])
        if head.get("b64", True) is True:
            signed = f"{parts[0]}.{base64url(delivery.body)}".encode()
        else:
            signed = f"{parts[0]}.".encode() + delivery.body
        signature = decoded(parts[2])
        if not any(fits(key, head.get("alg"), signature, signed) for key in settings.secrets):
            raise Refused("signature")
        sent_at = _time(head)
        check_age(sent_at, now, settings.tolerance)
        return Proof(sent_at=sent_at)


def read_head(part: str) -> dict[str, Any]:
    """:return: the header of a JWS
    :raise Refused: ``malformed``
    """
    try:
        head = strict_json.loads(decoded(part), max_bytes=8192, max_depth=8)
    except SafetyError as error:
        raise Refused("malformed") from error
    if not isinstance(head, dict):
        raise Refused("malformed")
    critical = head.get("crit", [])
    # what has to be understood and is not (RFC 7515, 4.1.11); b64 only counts where it is named
    understood = {"b64", *TIMES}
    if not isinstance(critical, list) or not all(name in understood and name in head for name in critical):
        raise Refused("malformed")
    if not isinstance(head.get("b64", True), bool) or (head.get("b64") is False and "b64" not in critical):
        raise Refused("malformed")
    return head


def _time(head: dict[str, Any]) -> int:
    for name in TIMES:
        value = head.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**11:
            return value
    # without a time a recording is good for ever
    raise Refused("malformed")


def decoded(part: str) -> bytes:
    """:return: what stands in base64url
    :raise Refused: ``malformed``
    """
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("malformed") from error


def read_key(pem: str) -> Any:
    """:return: the public key in a PEM, also that of a certificate
    :raise ValueError: it is none that is used here
    """
    try:
        if "BEGIN CERTIFICATE" in pem:
            key: Any = load_pem_x509_certificate(pem.encode()).public_key()
        else:
            key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("no public key in PEM") from error
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    raise ValueError("keys are RSA of 2048 bits or more, on a curve P-256, P-384 or P-521, or Ed25519")


def fits(pem: str, algorithm: object, signature: bytes, signed: bytes) -> bool:
    """Say whether a signature is of this key, by an algorithm of this key."""
    try:
        key = read_key(pem)
        if isinstance(key, rsa.RSAPublicKey) and algorithm in _RSA:
            pad, digest = _RSA[str(algorithm)]
            key.verify(signature, signed, pad, digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            name, digest, size = _CURVES[key.curve.name]
            if algorithm != name or len(signature) != 2 * size:
                return False
            halves = (int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big"))
            key.verify(encode_dss_signature(*halves), signed, ec.ECDSA(digest))
            return True
        if isinstance(key, ed25519.Ed25519PublicKey) and algorithm == "EdDSA":
            key.verify(signature, signed)
            return True
    except (ValueError, InvalidSignature):
        return False
    return False
