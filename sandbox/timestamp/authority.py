"""The authority: makes its certificate when it begins, numbers its tokens, and misbehaves on command."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.http.messages import Request, Response

POLICY = "1.3.6.1.4.1.99999.1"


class Rejection(core.Sequence):  # type: ignore[misc]
    """An answer without a token, which the library does not write."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo)]


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Timestamps of the sandbox")])
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )


@dataclass
class Authority:
    """``settings``: ``refuse`` (answers with a rejection), ``wrong_nonce``, ``wrong_hash``, ``wrong_signature``."""

    settings: dict[str, bool] = field(default_factory=dict)
    serial: int = 0
    digests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = _certificate(self.key)
        self.fingerprint = self.certificate.fingerprint(hashes.SHA256()).hex()

    def state(self) -> dict[str, Any]:
        return {"digests": self.digests, "serial": self.serial, "settings": self.settings}

    def answer(self, request: Request) -> Response:
        if request.headers.get("content-type") != "application/timestamp-query":
            return Response(415)
        asked = tsp.TimeStampReq.load(request.body, strict=True)
        if self.settings.get("refuse"):
            told = Rejection({"status": {"status": "rejection"}})
        else:
            told = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": self._token(asked)})
        return Response(200, told.dump(), {"Content-Type": "application/timestamp-reply"})

    def _token(self, asked: tsp.TimeStampReq) -> cms.ContentInfo:
        self.serial += 1
        digest = asked["message_imprint"]["hashed_message"].native
        self.digests.append(digest.hex())
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": {
                    "hash_algorithm": {"algorithm": "sha256"},
                    "hashed_message": bytes(32) if self.settings.get("wrong_hash") else digest,
                },
                "serial_number": self.serial,
                "gen_time": datetime.now(timezone.utc).replace(microsecond=0),
                "nonce": asked["nonce"].native + bool(self.settings.get("wrong_nonce")),
            }
        )
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.sha256(info.dump()).digest()]},
            ]
        )
        signature = self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        if self.settings.get("wrong_signature"):
            signature = self.key.sign(b"something else", ec.ECDSA(hashes.SHA256()))
        certificate = asn1_x509.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER))
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer,
                        "serial_number": certificate.serial_number,
                    }
                },
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signature": signature,
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(info.dump()),
                },
                "certificates": [certificate],
                "signer_infos": [signer],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})
