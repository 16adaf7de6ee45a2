"""A JWT in a header, with a digest of the body among its claims (Ibanity with Ponto Connect, Plaid).

The key is named by the token and fetched from the sender's own interface, over the connection; what the token says of
where a key is (``jwk``, ``jku``, ``x5u``) is never used. Algorithm, claim and digest are the sender's one and only.
Published verifiers were the source; nothing was tried against the live services (UNVERIFIED), so header and tolerance,
and for Ibanity issuer and application, are settings.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from ..safe import strict_json
from ..safe.errors import SafetyError
from .delivery import CertificateWanted, Delivery, Proof, Refused, Settings, check_age
from .jws_detached import decoded, fits, read_head

#: largest id of a key
MAX_KEY_ID = 200
#: issuer of tokens of Ibanity, where no other is entered
IBANITY = "https://api.ibanity.com"


@dataclass(slots=True, kw_only=True)
class BodyJwt:
    """One sender's way.

    :param header_name: of the header, where no other is entered
    :param algorithm: the only one that is taken
    :param claim: name of the claim with the digest
    :param hash_name: digest of the body, as ``hashlib`` calls it
    :param is_hex: the digest is written in hexadecimal digits, else in base64
    :param issuer: who has to have made the token, for the application that is entered; empty: tokens do not say
    :param by_token: each token is a delivery of its own: what it is about is told in the same bytes again and again
    """

    code: str
    header_name: str
    algorithm: str
    claim: str
    hash_name: str
    is_hex: bool
    issuer: str
    by_token: bool
    uses: frozenset[str] = frozenset({"tolerance", "header", "keys"})
    same_bytes: bool = False

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """:raise Refused: see :meth:`~.delivery.Scheme.verify`
        :raise CertificateWanted: it may be the sender's, but its key is not here yet
        """
        if self.issuer and not settings.webhook_id:
            raise Refused("no_secret")
        parts = delivery.header(settings.header or self.header_name).split(".")
        if len(parts) != 3 or not all(parts):
            raise Refused("malformed")
        head = read_head(parts[0])
        key_id = head.get("kid")
        if head.get("alg") != self.algorithm or head.get("b64", True) is not True or not _is_key_id(key_id):
            raise Refused("malformed")
        claims = _claims(parts[1])
        issued_at = claims.get("iat")
        if isinstance(issued_at, bool) or not isinstance(issued_at, int) or not 0 < issued_at < 10**11:
            raise Refused("malformed")
        # first what costs nothing: neither a recording nor a forged body shall make us fetch a key
        check_age(issued_at, now, settings.tolerance)
        self._check_claims(claims, settings, now)
        digest = hashlib.new(self.hash_name, delivery.body).digest()
        expected = digest.hex() if self.is_hex else base64.b64encode(digest).decode()
        if not hmac.compare_digest(expected.encode(), str(claims.get(self.claim) or "").encode()):
            raise Refused("signature")
        if key_id not in settings.certificates:
            raise CertificateWanted(str(key_id))
        signed = f"{parts[0]}.{parts[1]}".encode()
        if not fits(settings.certificates[str(key_id)], self.algorithm, decoded(parts[2]), signed):
            raise Refused("signature")
        identity = hashlib.sha256(signed).hexdigest() if self.by_token else None
        return Proof(delivery_id=identity, sent_at=issued_at)

    def _check_claims(self, claims: dict[str, Any], settings: Settings, now: float) -> None:
        ends_at = claims.get("exp")
        if isinstance(ends_at, int) and not isinstance(ends_at, bool) and now > ends_at + settings.tolerance:
            raise Refused("old")
        if not self.issuer:
            return
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != (settings.signer or self.issuer) or settings.webhook_id not in named:
            raise Refused("signature")


def _is_key_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_KEY_ID and value.isascii() and value.isprintable()


def _claims(part: str) -> dict[str, Any]:
    try:
        claims = strict_json.loads(decoded(part), max_bytes=8192, max_depth=8)
    except SafetyError as error:
        raise Refused("malformed") from error
    if not isinstance(claims, dict):
        raise Refused("malformed")
    return claims


#: Ponto Connect (docs of Ibanity's libraries): RS512, ``digest`` is base64 of SHA-512
IBANITY_JWT = BodyJwt(
    code="ibanity",
    header_name="signature",
    algorithm="RS512",
    claim="digest",
    hash_name="sha512",
    is_hex=False,
    issuer=IBANITY,
    by_token=False,
    uses=frozenset({"tolerance", "header", "keys", "webhook_id", "signer"}),
)
#: Plaid (webhook verification): ES256, ``request_body_sha256`` in hexadecimal digits
PLAID_JWT = BodyJwt(
    code="plaid",
    header_name="plaid-verification",
    algorithm="ES256",
    claim="request_body_sha256",
    hash_name="sha256",
    is_hex=True,
    issuer="",
    by_token=True,
)
