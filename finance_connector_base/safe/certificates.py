"""Reads certificates and their private keys as banks deliver them: PEM, DER, PKCS#12."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12


class CertificateUnreadable(Exception):
    """The file is no certificate or key, or they do not belong together; says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate with what people want to know of it, and its private key if there is one.

    Times are naive UTC.
    """

    pem: str
    private_key: str
    subject: str
    issuer: str
    serial: str
    fingerprint: str
    valid_from: datetime
    expires_at: datetime


def read(data: bytes, *, private_key: bytes = b"", passphrase: str = "") -> Certificate:
    """Read an upload.

    :param data: PEM (the private key may be in it), DER, or PKCS#12
    :param private_key: PEM of the key, where it is a file of its own
    :param passphrase: of the PKCS#12 file or of the key
    :raise CertificateUnreadable: in words for the person who uploads
    """
    if b"-----BEGIN" in data:
        chain = _pem_chain(data)
        key = _key(private_key or data, passphrase) if private_key or b"PRIVATE KEY-----" in data else None
    else:
        chain, key = _binary(data, passphrase)
        if private_key:
            key = _key(private_key, passphrase)
    first = chain[0]
    if key is not None:
        owners = [certificate for certificate in chain if _spki(certificate.public_key()) == _spki(key.public_key())]
        if not owners:
            raise CertificateUnreadable("the private key does not belong to the certificate")
        first = owners[0]
        chain = [first, *(certificate for certificate in chain if certificate is not first)]
    pem = "".join(certificate.public_bytes(serialization.Encoding.PEM).decode() for certificate in chain)
    return Certificate(
        pem=pem,
        private_key=_clear_pem(key) if key is not None else "",
        subject=first.subject.rfc4514_string(),
        issuer=first.issuer.rfc4514_string(),
        serial=f"{first.serial_number:x}",
        fingerprint=first.fingerprint(hashes.SHA256()).hex(":"),
        valid_from=first.not_valid_before_utc.replace(tzinfo=None),
        expires_at=first.not_valid_after_utc.replace(tzinfo=None),
    )


def _pem_chain(data: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise CertificateUnreadable("there is no readable certificate in the file") from error


def _binary(data: bytes, passphrase: str) -> tuple[list[x509.Certificate], Any]:
    try:
        return [x509.load_der_x509_certificate(data)], None
    except ValueError:
        pass  # then it must be PKCS#12
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, passphrase.encode() or None)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateUnreadable("the file is no certificate, or the passphrase is another one") from error
    if certificate is None:
        raise CertificateUnreadable("there is no certificate in the file")
    return [certificate, *others], key


def _key(data: bytes, passphrase: str) -> Any:
    try:
        return serialization.load_pem_private_key(data, passphrase.encode() or None)
    except TypeError as error:
        # cryptography's way to say that a passphrase is missing, or given for a key that has none
        if passphrase:
            return _key(data, "")
        raise CertificateUnreadable("the private key needs its passphrase") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateUnreadable("the private key cannot be read, or the passphrase is another one") from error


def _spki(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _clear_pem(key: Any) -> str:
    """Without passphrase: the caller seals it."""
    encoded: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return encoded.decode("ascii")
