"""Tables in text and workbooks, read by profiles that users make."""

from .reader import Sheet

__all__ = ["Sheet"]
