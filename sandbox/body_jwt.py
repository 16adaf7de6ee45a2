"""Webhooks signed by a JWT over a digest of the body, as Ibanity and Plaid do; keys are published as JWK."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


class Signer:
    """Who signs for a service, with one key at a time."""

    def __init__(self, algorithm: str) -> None:
        """:param algorithm: ``RS512`` or ``ES256``"""
        self.algorithm = algorithm
        self.change_key()

    def change_key(self) -> None:
        """The key before is not published any more."""
        self.key_id = f"key-{secrets.token_hex(8)}"
        self._key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = (
            rsa.generate_private_key(65537, 2048)
            if self.algorithm == "RS512"
            else ec.generate_private_key(ec.SECP256R1())
        )

    def published(self) -> dict[str, Any]:
        """The public key as a JWK."""
        told: dict[str, Any] = {"kid": self.key_id, "alg": self.algorithm, "use": "sig"}
        if isinstance(self._key, rsa.RSAPrivateKey):
            rsa_numbers = self._key.public_key().public_numbers()
            return {**told, "kty": "RSA", "n": _number(rsa_numbers.n, 256), "e": _number(rsa_numbers.e, 3)}
        numbers = self._key.public_key().public_numbers()
        return {**told, "kty": "EC", "crv": "P-256", "x": _number(numbers.x, 32), "y": _number(numbers.y, 32)}

    def token(self, claims: dict[str, Any]) -> str:
        """A JWT with these claims."""
        head = {"alg": self.algorithm, "kid": self.key_id, "typ": "JWT"}
        signed = f"{_part(json.dumps(head).encode())}.{_part(json.dumps(claims).encode())}"
        if isinstance(self._key, rsa.RSAPrivateKey):
            signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA512())
        else:
            r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return f"{signed}.{_part(signature)}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value: int, size: int) -> str:
    return _part(value.to_bytes(size, "big"))
