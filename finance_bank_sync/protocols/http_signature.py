"""Signed HTTP requests (draft-cavage-http-signatures-10), as NextGenPSD2 banks and Ibanity want them.

The lines that are signed are ``name: value`` of the named headers, in their order, with ``(request-target)`` and
``(created)`` made up. What differs between the two is the digest, the algorithm and the alphabet.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from odoo.addons.finance_connector_base.engine.errors import AuthNeededError


def digest_sha256(body: bytes) -> str:
    """:return: value of the header ``Digest`` with SHA-256, in base64"""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def digest_sha512(body: bytes) -> str:
    """:return: value of the header ``Digest`` with SHA-512, in base64 for addresses, as Ibanity wants it"""
    return "SHA-512=" + base64.urlsafe_b64encode(hashlib.sha512(body).digest()).decode()


def signing_string(headers: Mapping[str, str]) -> bytes:
    """:return: the text that is signed, of headers in their order"""
    return "\n".join(f"{name.lower()}: {value}" for name, value in headers.items()).encode()


def request_target(method: str, url: str) -> str:
    """:return: value of ``(request-target)``"""
    parts = urlsplit(url)
    return f"{method.lower()} {parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def sign(text: bytes, private_key: str, *, pss: bool = False) -> bytes:
    """Sign with SHA-256.

    :param private_key: PEM without a password
    :param pss: RSASSA-PSS with a salt of 32 bytes instead of PKCS #1 v1.5
    :raise AuthNeededError: the key cannot be read or is of a kind that nobody accepts
    """
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise _unusable() from error
    if isinstance(key, rsa.RSAPrivateKey):
        salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return key.sign(text, salted if pss else padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey) and not pss:
        return key.sign(text, ec.ECDSA(hashes.SHA256()))
    raise _unusable()


def _unusable() -> AuthNeededError:
    return AuthNeededError(
        "The key that requests are signed with cannot be used. Load it again.", reason="secret_broken"
    )


def berlin_group(
    headers: Mapping[str, str], body: bytes, *, certificate: str, private_key: str, names: tuple[str, ...]
) -> dict[str, str]:
    """Sign a request the way of NextGenPSD2 (implementation guidelines, section 12).

    :param headers: of the request, lower-case names
    :param certificate: PEM of the QSeal certificate, the first of its chain
    :param names: headers that are signed where the request has them, besides the digest
    :return: the headers that go with the request in addition
    """
    shown = x509.load_pem_x509_certificate(certificate.encode())
    der = shown.public_bytes(serialization.Encoding.DER)
    signed = {"digest": digest_sha256(body), **{name: headers[name] for name in names if name in headers}}
    key_id = f"SN={shown.serial_number:x},CA={shown.issuer.rfc4514_string()}".replace('"', "'")
    signature = base64.b64encode(sign(signing_string(signed), private_key)).decode()
    return {
        "Digest": signed["digest"],
        "TPP-Signature-Certificate": base64.b64encode(der).decode(),
        "Signature": f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(signed)}",signature="{signature}"',
    }
