"""QIF of Quicken."""

from .reader import Qif

__all__ = ["Qif"]
