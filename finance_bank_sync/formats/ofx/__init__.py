"""OFX 1.x and 2.x."""

from .reader import Ofx

__all__ = ["Ofx"]
