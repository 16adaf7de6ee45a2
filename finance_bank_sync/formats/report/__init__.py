"""What banks' interfaces answer, one dialect a file."""

from .berlin_group import BerlinGroup
from .gocardless import GoCardless
from .plaid import Plaid
from .ponto import Ponto
from .reader import ReportFormat

__all__ = ["BerlinGroup", "GoCardless", "Plaid", "Ponto", "ReportFormat"]
