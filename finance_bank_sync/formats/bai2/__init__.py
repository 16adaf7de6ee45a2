"""BAI2 of North America."""

from .reader import Bai2

__all__ = ["Bai2"]
