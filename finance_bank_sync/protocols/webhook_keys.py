"""Keys that services sign their webhooks with, as they publish them (RFC 7517), made into PEM."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from odoo.addons.finance_connector_base.engine.errors import MalformedError


def pem_of(key: Mapping[str, Any], algorithm: str) -> str | None:
    """Make a published key into PEM.

    :param key: a JWK
    :param algorithm: what the service signs with, ``RS512`` or ``ES256``
    :return: None: the key is over, or for something else
    :raise MalformedError: it cannot be read
    """
    if key.get("expired_at") is not None or key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        return None
    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    try:
        if algorithm == "RS512" and key.get("kty") == "RSA":
            public = rsa.RSAPublicNumbers(_number(key, "e"), _number(key, "n")).public_key()
        elif algorithm == "ES256" and key.get("kty") == "EC" and key.get("crv") == "P-256":
            public = ec.EllipticCurvePublicNumbers(_number(key, "x"), _number(key, "y"), ec.SECP256R1()).public_key()
        else:
            return None
    except (ValueError, TypeError) as error:
        raise MalformedError("The service publishes a key that cannot be read.") from error
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(encoding, form).decode()


def pick(document: Any, key_id: str, algorithm: str) -> str | None:
    """Find a key in a published set (JWKS) and make it into PEM; None: it is not there, or over."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise MalformedError("The service publishes no set of keys.")
    found = [key for key in keys if isinstance(key, dict) and key.get("kid") == key_id]
    return pem_of(found[0], algorithm) if found else None


def _number(key: Mapping[str, Any], name: str) -> int:
    text = key.get(name)
    if not isinstance(text, str):
        raise TypeError(name)
    try:
        return int.from_bytes(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True), "big")
    except binascii.Error as error:
        raise ValueError(name) from error
