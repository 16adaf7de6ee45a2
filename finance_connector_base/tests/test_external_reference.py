from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FinanceCase


@tagged("post_install", "-at_install")
class TestExternalReference(FinanceCase):
    """B-15: the link between one external identity and one record never changes."""

    def setUp(self):
        super().setUp()
        self.connection = self.make_connection()
        self.partner = self.env["res.partner"].create({"name": "Supplier"})
        self.references = self.env["finance.external.reference"]
        self.reference = self.references._link(self.connection, "vendor", "V-1", self.partner)

    def test_b15_found_by_what_the_other_system_calls_it(self):
        found = self.references._find(self.connection, "vendor", ["V-1", "V-2"])
        self.assertEqual(found, {"V-1": ("res.partner", self.partner.id)})

    def test_b15_unique_per_connection_and_kind(self):
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "external_unique"), self.env.cr.savepoint():
            self.references._link(self.connection, "vendor", "V-1", self.env.company.partner_id)
        self.references._link(self.connection, "customer", "V-1", self.partner)
        self.references._link(self.make_connection(), "vendor", "V-1", self.partner)

    def test_b15_never_written_and_never_deleted_not_even_by_the_system(self):
        with self.assertRaises(UserError):
            self.reference.res_id = 1
        with self.assertRaises(UserError):
            self.reference.unlink()
