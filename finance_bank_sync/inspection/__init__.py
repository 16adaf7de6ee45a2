"""Looking into statement files without a database: what ``tools/inspect-statement`` prints."""

from .command import main
from .read import Refused, inspect_file

__all__ = ["Refused", "inspect_file", "main"]
