"""RFC 3161: a timestamp authority witnesses a hash. Requests, answers and tokens in DER, by asn1crypto.

The library reads and writes the structures; what a token must say to be believed is decided here.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

QUERY_TYPE, REPLY_TYPE = "application/timestamp-query", "application/timestamp-reply"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class _Reply(core.Sequence):  # type: ignore[misc]
    """RFC 3161, 2.4.2; the library's own has no refusals, which come without a token."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class StampRefused(Exception):
    """The authority refuses, or its token does not witness what it was asked to."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token says and its signature proves."""

    token: bytes
    at: datetime
    serial: int
    #: SHA-256 of the authority's certificate
    fingerprint: str
    subject: str


def query(digest: bytes) -> tuple[bytes, int]:
    """:return: (request in DER, its nonce)"""
    nonce = secrets.randbits(63)
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest},
            "nonce": nonce,
            "cert_req": True,
        }
    )
    return bytes(request.dump()), nonce


def reply(answer: bytes, digest: bytes, nonce: int) -> Stamp:
    """Read what an authority answers.

    :raise StampRefused: it gives no token, or one that does not witness this hash
    """
    try:
        told = _Reply.load(answer, strict=True)
        status = told["status"]["status"].native
    except (ValueError, TypeError) as error:
        raise StampRefused("the answer is none of a timestamp authority") from error
    if status not in ("granted", "granted_with_mods"):
        raise StampRefused(f"the authority refuses ({status})")
    return verify(told["time_stamp_token"].dump(), digest, nonce=nonce)


def verify(token: bytes, digest: bytes, *, nonce: int | None = None, fingerprint: str = "") -> Stamp:
    """Verify a token: its signature, that its certificate is one for timestamps, and what it witnesses.

    :param nonce: of the request, while its answer is read
    :param fingerprint: SHA-256 of the certificate that is expected
    :raise StampRefused: it proves nothing
    """
    try:
        signed = cms.ContentInfo.load(token, strict=True)["content"]
        content = signed["encap_content_info"]["content"]
        info = content.parsed
        imprint = info["message_imprint"]
        [signer] = signed["signer_infos"]
        attributes = {one["type"].native: one["values"][0].native for one in signer["signed_attrs"]}
        same = imprint["hashed_message"].native == digest  # public: hash of a published head
        if imprint["hash_algorithm"]["algorithm"].native != "sha256" or not same:
            raise StampRefused("the token witnesses another hash")
        if nonce is not None and info["nonce"].native != nonce:
            raise StampRefused("the token answers another question")
        name = signer["digest_algorithm"]["algorithm"].native
        if attributes["message_digest"] != hashlib.new(name, bytes(content)).digest():  # public: part of the token
            raise StampRefused("the token is not what was signed")
        certificate = _certificate(signed, signer)
        _check_signature(certificate, signer, _HASHES[name])
        found = certificate.fingerprint(hashes.SHA256()).hex()
        if fingerprint and found != fingerprint.replace(":", "").lower():  # public: of a certificate
            raise StampRefused("the token is of another authority")
        return Stamp(token, info["gen_time"].native, info["serial_number"].native, found, _subject(certificate))
    except (ValueError, TypeError, KeyError) as error:
        raise StampRefused("the token cannot be read") from error


def _certificate(signed: Any, signer: Any) -> x509.Certificate:
    wanted = signer["sid"].chosen["serial_number"].native
    for one in signed["certificates"]:
        certificate = x509.load_der_x509_certificate(one.chosen.dump())
        if certificate.serial_number == wanted:
            try:
                usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            except x509.ExtensionNotFound as error:
                raise StampRefused("the certificate is none of a timestamp authority") from error
            if ExtendedKeyUsageOID.TIME_STAMPING not in usage:
                raise StampRefused("the certificate is none of a timestamp authority")
            return certificate
    raise StampRefused("the token has no certificate")


def _check_signature(certificate: x509.Certificate, signer: Any, algorithm: hashes.HashAlgorithm) -> None:
    # signed are the attributes as a set, whatever tag they have inside the token
    attributes = signer["signed_attrs"].untag().dump(force=True)
    signature, key = signer["signature"].native, certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, attributes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, attributes, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, attributes)
        else:
            raise StampRefused("the authority signs in a way that is not known")
    except InvalidSignature as error:
        raise StampRefused("the signature of the token is wrong") from error


def _subject(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()
