from unittest import SkipTest

from .common import FinanceCase


class FakeCase(FinanceCase):
    """Tests that need the fake adapter and handler of the add-on ``test_finance_connector``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "test.finance.effect" not in cls.env:
            raise SkipTest("test_finance_connector is not installed")
        cls.connection = cls.make_connection("finance.adapter.test")
        cls.flow = cls.make_flow(cls.connection)

    def effects(self, **match):
        """:return: keys of the effects that are left, in the order they were made"""
        domain = [(name, "=", value) for name, value in match.items()]
        return self.env["test.finance.effect"].search(domain, order="id").mapped("key")
