"""camt.052, .053 and .054 of ISO 20022."""

from .reader import Camt052, Camt053, Camt054

__all__ = ["Camt052", "Camt053", "Camt054"]
