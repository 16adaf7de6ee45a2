"""Signed tokens in the compact form (RFC 7515), as far as a client needs them: signing, with the keys that are in use.

The algorithm follows from the key (RFC 7518, 3.1): a curve has one, an RSA key one of two that the other side names.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ..engine.errors import AuthNeededError

#: bits of an RSA key below which no bank accepts a signature (RFC 7518, 3.3)
_RSA_BITS = 2048
#: curve -> (algorithm, hash, bytes of each half of a signature)
_CURVES: dict[str, tuple[str, hashes.HashAlgorithm, int]] = {
    "secp256r1": ("ES256", hashes.SHA256(), 32),
    "secp384r1": ("ES384", hashes.SHA384(), 48),
    "secp521r1": ("ES512", hashes.SHA512(), 66),
}


def base64url(data: bytes) -> str:
    """:return: base64 in the alphabet of URLs, without padding (RFC 7515, appendix C)"""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def sign(
    claims: Mapping[str, Any],
    private_key: str,
    *,
    rsa_algorithm: str = "PS256",
    header: Mapping[str, Any] | None = None,
) -> str:
    """Sign claims.

    :param private_key: PEM without a password
    :param rsa_algorithm: ``PS256`` or ``RS256``, used where the key is an RSA key
    :param header: members of the header besides ``alg`` and ``typ``, e.g. ``kid``
    :return: header, claims and signature, joined by dots
    :raise AuthNeededError: the key cannot be read, or nobody accepts one of its kind
    """
    key = _loaded(private_key)
    algorithm = _algorithm(key, rsa_algorithm)
    head = {**(header or {}), "alg": algorithm, "typ": "JWT"}
    signed = f"{base64url(_json(head))}.{base64url(_json(claims))}"
    return f"{signed}.{base64url(_signature(key, algorithm, signed.encode('ascii')))}"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _loaded(private_key: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable("The key for signed tokens cannot be read. Load it again.") from error
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key
    raise _unusable("The key for signed tokens must be RSA of 2048 bits or more, or on a curve P-256, P-384 or P-521.")


def _algorithm(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, rsa_algorithm: str) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _CURVES[key.curve.name][0]
    if rsa_algorithm not in ("PS256", "RS256"):
        raise ValueError(f"no algorithm of RSA keys: {rsa_algorithm}")
    return rsa_algorithm


def _signature(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, algorithm: str, data: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        _name, digest, size = _CURVES[key.curve.name]
        first, second = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        return first.to_bytes(size, "big") + second.to_bytes(size, "big")
    if algorithm == "PS256":
        return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size), hashes.SHA256())
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def _unusable(detail: str) -> AuthNeededError:
    return AuthNeededError(detail, reason="secret_broken")
