"""A plain HMAC in a header, as most shops and platforms sign: over the body, or over time and body.

The secret is used as text. Without a time header a recording cannot be told from the original by its age; the
identity of the delivery is then all that keeps it from having an effect twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

from .delivery import Delivery, Proof, Refused, Settings, check_age, seconds

ALGORITHMS: dict[str, Callable[..., Any]] = {
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
_PLACES = re.compile(r"\{(id|time|body)\}")


class HmacHeader:
    """Everything that differs between senders is a setting."""

    code = "hmac"
    uses = frozenset(
        {"secrets", "tolerance", "header", "prefix", "algorithm", "encoding", "time_header", "id_header", "pattern"}
    )
    same_bytes = True

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """:raise Refused: see :meth:`~.delivery.Scheme.verify`"""
        if not settings.secrets or not settings.header:
            raise Refused("no_secret")
        given = delivery.header(settings.header)
        if not given.startswith(settings.prefix):
            raise Refused("malformed")
        given = given.removeprefix(settings.prefix)
        stamp = delivery.header(settings.time_header) if settings.time_header else ""
        identity = delivery.header(settings.id_header) if settings.id_header else ""
        sent_at = seconds(stamp) if stamp else None
        signed = signed_bytes(settings.pattern, identity, stamp, delivery.body)
        digests = [hmac.new(secret.encode(), signed, ALGORITHMS[settings.algorithm]) for secret in settings.secrets]
        if not any(hmac.compare_digest(given.encode(), _written(digest, settings.encoding)) for digest in digests):
            raise Refused("signature")
        if sent_at is not None:
            check_age(sent_at, now, settings.tolerance)
        # what is not signed may be changed by anybody: an identity beside the signature proves nothing
        is_signed = "{id}" in settings.pattern
        return Proof(delivery_id=identity if is_signed and identity else None, sent_at=sent_at)


def signed_bytes(pattern: str, identity: str, stamp: str, body: bytes) -> bytes:
    """:return: what the signature is over
    :param pattern: text with ``{id}``, ``{time}`` and ``{body}``
    """
    values = {"id": identity.encode(), "time": stamp.encode(), "body": body}
    parts = _PLACES.split(pattern)
    return b"".join(values[part] if index % 2 else part.encode() for index, part in enumerate(parts))


def check_pattern(pattern: str) -> bool:
    """Say whether a pattern signs the body, and names nothing that is not known."""
    literal = "".join(_PLACES.split(pattern)[::2])
    return "{body}" in pattern and not set(literal) & set("{}")


def _written(digest: Any, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.b64encode(digest.digest())
    text: str = digest.hexdigest()
    return text.encode()
