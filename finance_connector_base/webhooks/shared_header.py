"""A secret in a header, without a signature: of senders that know nothing better, or of a proxy of ours.

A proxy that has looked at the client certificate of the sender (mutual TLS) puts the secret into a header and takes
away what came from outside under that name. Nothing is signed: whoever reads one delivery can make others. It is good
for events that only say that there is something to ask for.
"""

from __future__ import annotations

import hmac

from .delivery import Delivery, Proof, Refused, Settings


class SharedHeader:
    """The header holds the secret itself, maybe behind a word such as ``Bearer``."""

    code = "shared"
    uses = frozenset({"secrets", "header", "prefix"})
    same_bytes = True

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """:raise Refused: see :meth:`~.delivery.Scheme.verify`"""
        if not settings.secrets or not settings.header:
            raise Refused("no_secret")
        given = delivery.header(settings.header)
        if not given.startswith(settings.prefix):
            raise Refused("malformed")
        given = given.removeprefix(settings.prefix).strip()
        if not any([hmac.compare_digest(given.encode(), secret.encode()) for secret in settings.secrets]):
            raise Refused("signature")
        return Proof()
