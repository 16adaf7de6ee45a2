"""Statement formats: bytes of a bank to canonical values (pure Python, no ``odoo``)."""

from .camt import Camt053
from .detect import AmbiguousFormat, UnknownFormat, detect
from .model import FormatError, StatementFormat

__all__ = ["AmbiguousFormat", "Camt053", "FormatError", "StatementFormat", "UnknownFormat", "detect"]
