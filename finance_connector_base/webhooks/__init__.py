"""Deliveries from outside: whose they are, and what they say about themselves. Pure Python.

A signature scheme is one file with one class and one line in :data:`SCHEMES`.
"""

from __future__ import annotations

from .body_jwt import IBANITY_JWT, PLAID_JWT
from .delivery import CertificateWanted, Delivery, Proof, Refused, Scheme, Settings
from .facts import Facts, PathError, Paths, check_path, read_facts
from .hmac_header import HmacHeader
from .jws_detached import DetachedJws
from .payhawk import Payhawk
from .paypal import PayPal
from .shared_header import SharedHeader
from .ramp import Ramp
from .standard import StandardWebhooks
from .stripe import Stripe

#: technical name -> scheme, in the order of the choice
SCHEMES: dict[str, Scheme] = {
    scheme.code: scheme
    for scheme in (
        StandardWebhooks(),
        Stripe(),
        PayPal(),
        HmacHeader(),
        DetachedJws(),
        IBANITY_JWT,
        PLAID_JWT,
        SharedHeader(),
        Ramp(),
        Payhawk(),
    )
}

__all__ = [
    "SCHEMES",
    "CertificateWanted",
    "Delivery",
    "Facts",
    "PathError",
    "Paths",
    "Proof",
    "Refused",
    "Scheme",
    "Settings",
    "check_path",
    "read_facts",
]
