"""PayPal: an RSA signature over ``id|time|webhook id|CRC-32 of the body`` with a certificate that PayPal publishes.

Verified here, without a call: the certificate is fetched once by its URL, from PayPal's own hosts only, and its
chain is checked at every use (Webhooks v1, offline verification).
"""

from __future__ import annotations

import base64
import binascii
import zlib
from datetime import datetime, timezone
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from .delivery import CertificateWanted, Delivery, Proof, Refused, Settings, check_age

DOMAIN = "paypal.com"
ALGORITHM = "SHA256withRSA"
#: name in the certificate that signs; not in the documentation, hence a setting (UNVERIFIED)
SIGNER = "messageverificationcerts.paypal.com"


class PayPal:
    """``PAYPAL-TRANSMISSION-*`` headers."""

    code = "paypal"
    uses = frozenset({"tolerance", "webhook_id", "signer", "anchors"})
    same_bytes = False

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """:raise Refused: see :meth:`~.delivery.Scheme.verify`
        :raise CertificateWanted: it may be PayPal's, but has to be fetched first
        """
        if not settings.webhook_id:
            raise Refused("no_secret")
        identity = delivery.header("paypal-transmission-id")
        stamp = delivery.header("paypal-transmission-time")
        given = delivery.header("paypal-transmission-sig")
        url = delivery.header("paypal-cert-url")
        if delivery.header("paypal-auth-algo") != ALGORITHM or not is_certificate_url(url):
            raise Refused("malformed")
        # first what costs nothing: a recording shall not make us fetch anything
        sent_at = _instant(stamp)
        check_age(sent_at, now, settings.tolerance)
        try:
            signature = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused("malformed") from error
        if url not in settings.certificates:
            raise CertificateWanted(url)
        key = _trusted_key(settings.certificates[url], settings, now)
        signed = f"{identity}|{stamp}|{settings.webhook_id}|{zlib.crc32(delivery.body)}".encode()
        try:
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise Refused("signature") from error
        return Proof(delivery_id=None, sent_at=int(sent_at))


def is_certificate_url(url: str) -> bool:
    """Say whether a certificate may be fetched from there: https, PayPal's own host, no other port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    return (
        parts.scheme == "https"
        and "@" not in parts.netloc
        and port in (None, 443)
        and (host == DOMAIN or host.endswith("." + DOMAIN))
        and len(url) <= 500
    )


def _instant(text: str) -> float:
    try:
        value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise Refused("malformed") from error
    return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()


def _trusted_key(chain: str, settings: Settings, now: float) -> rsa.RSAPublicKey:
    try:
        leaf, *between = x509.load_pem_x509_certificates(chain.encode())
        anchors = x509.load_pem_x509_certificates(settings.anchors.encode())
        verifier = (
            PolicyBuilder()
            .store(Store(anchors))
            .time(datetime.fromtimestamp(now, timezone.utc).replace(tzinfo=None))
            .build_server_verifier(x509.DNSName(settings.signer or SIGNER))
        )
        verifier.verify(leaf, between)
    except (ValueError, VerificationError) as error:
        raise Refused("certificate") from error
    key = leaf.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise Refused("certificate")
    return key
