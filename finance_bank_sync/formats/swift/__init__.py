"""MT940 and MT942 of SWIFT, in the habits of their banks."""

from .reader import Swift

__all__ = ["Swift"]
