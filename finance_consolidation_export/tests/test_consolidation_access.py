from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..const import CONTROLLER
from .common import ConsolidationCase


@tagged("post_install", "-at_install")
class TestConsolidationAccess(ConsolidationCase):
    """The roles of group reporting, and that of nobody else (A-14)."""

    def test_roles(self):
        accountant = self.person("accountant")
        controller = self.person("boss", CONTROLLER)
        employee = self.user("employee")
        package = self.package()
        self.assertEqual(package.with_user(accountant).read(["name"])[0]["name"], package.name)
        self.assertTrue(self.scenario.with_user(controller).write({"name": "Actual figures"}))
        for record in (self.scenario, self.chart, self.entity):
            with self.assertRaises(AccessError):
                record.with_user(accountant).write({"name": "x"})
        for record in (package, self.scenario, self.mapping):
            with self.assertRaises(AccessError):
                record.with_user(employee).read(["display_name"])

    def test_other_companies_packages(self):
        package = self.package()
        stranger = self.person("stranger")
        stranger.write({"company_id": self.other_company.id, "company_ids": [Command.set(self.other_company.ids)]})
        for model, domain in (
            ("finance.consolidation.package", [("id", "=", package.id)]),
            ("finance.consolidation.row", [("package_id", "=", package.id)]),
            ("finance.consolidation.finding", [("package_id", "=", package.id)]),
        ):
            of_stranger = self.env[model].with_user(stranger).with_context(allowed_company_ids=self.other_company.ids)
            self.assertFalse(of_stranger.search(domain))
        with self.assertRaises(AccessError):
            package.with_user(stranger).with_context(allowed_company_ids=self.other_company.ids).action_build()
