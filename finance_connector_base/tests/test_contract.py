from odoo.tests import tagged

from .adapter_contract import AdapterContract
from .common import FinanceCase


@tagged("post_install", "-at_install")
class TestContract(AdapterContract, FinanceCase):
    """Every adapter and handler that is installed keeps the contract (B-47)."""
