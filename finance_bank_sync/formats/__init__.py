"""Statement formats: bytes of a bank to canonical values (pure Python, no ``odoo``)."""

from .bai2 import Bai2
from .camt import Camt052, Camt053, Camt054
from .detect import AmbiguousFormat, UnknownFormat, detect
from .fixed import Cfonb120, Coda, Norma43
from .model import FormatError, StatementFormat
from .ofx import Ofx
from .qif import Qif
from .report import BerlinGroup, GoCardless, Plaid, Ponto, ReportFormat
from .swift import Swift

__all__ = [
    "AmbiguousFormat",
    "Bai2",
    "BerlinGroup",
    "Camt052",
    "Camt053",
    "Camt054",
    "Cfonb120",
    "Coda",
    "FormatError",
    "Norma43",
    "Ofx",
    "Qif",
    "ReportFormat",
    "StatementFormat",
    "Swift",
    "UnknownFormat",
    "detect",
    "known_formats",
    "reports",
]


def known_formats() -> list[StatementFormat]:
    """Return every format of this package that needs no settings, most used first."""
    return [
        Camt053(), Camt052(), Camt054(), Swift(), Ofx(), Qif(), Bai2(), Coda(), Norma43(), Cfonb120(), *reports(),
    ]  # fmt: skip


def reports() -> list[StatementFormat]:
    """Return the formats of what banks' interfaces answer (docs/bank-apis.md)."""
    return [ReportFormat(dialect) for dialect in (BerlinGroup(), GoCardless(), Ponto(), Plaid())]
