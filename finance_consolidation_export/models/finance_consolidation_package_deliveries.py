from urllib.parse import quote

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import CONTROLLER


class FinanceConsolidationPackage(models.Model):
    """Delivery of an approved package, and the way back from a figure to its journal items (S-22, C-15)."""

    _inherit = "finance.consolidation.package"

    delivery_ids = fields.One2many("finance.consolidation.delivery", "package_id", string="Deliveries", readonly=True)
    delivery_count = fields.Integer(compute="_compute_delivery_count", string="Number of deliveries")

    def _compute_delivery_count(self):
        counts = dict(
            self.env["finance.consolidation.delivery"]._read_group(
                [("package_id", "in", self.ids)], ["package_id"], ["__count"]
            )
        )
        for package in self:
            package.delivery_count = counts.get(package, 0)

    def action_deliver(self):
        """Deliver approved packages to every target of their scenario; what is there already is not sent again."""
        self._check_role(CONTROLLER)
        self._check_state("approved")
        deliveries = self.env["finance.consolidation.delivery"]
        for package in self:
            targets = package.scenario_id.target_ids
            if not targets:
                raise UserError(
                    self.env._("Enter where %s is delivered: on its scenario, page Targets.", package.scenario_id.name)
                )
            for target in targets:
                deliveries |= deliveries._deliver(package, target)
        shown = self.env[deliveries._name].browse(deliveries.ids)
        return shown._action_open() if len(shown) == 1 else shown._action_view([("id", "in", shown.ids)])

    def action_view_deliveries(self):
        """Open where the package was delivered."""
        self.ensure_one()
        self.check_access("read")
        return self.env["finance.consolidation.delivery"]._action_view([("package_id", "=", self.id)])

    def _askable_anyone(self, group):
        """:return: who has a role in the company, whatever they have done with the package"""
        # sudo: who is asked does not depend on which users the person sees
        users = self.env.ref(group).sudo().all_user_ids
        return users.filtered(lambda user: user.active and not user.share and self.company_id in user.company_ids)

    # -- drill back ----------------------------------------------------------------------------

    def _link(self, account):
        """:return: address that opens the journal items behind an account of this package, as long as it exists"""
        self.ensure_one()
        # the name of a package never changes once it is approved, and says more than a number
        return f"{self.get_base_url()}/finance/group/{quote(self.name, safe='')}/{quote(account, safe='')}"

    def _action_items(self, account):
        """Open the journal items behind an account of the group in this package, all its versions together.

        :param account: code of the group account
        """
        self.ensure_one()
        rows = self.env["finance.consolidation.row"].search(
            [
                ("package_id", "in", self._chain()),
                ("cut_id", "=", self._base().id),
                ("group_account_id.code", "=", account),
            ]
        )
        domains = {}
        for row in rows:
            domains.setdefault(str(domain := self._domain_of(row)), domain)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%(account)s in %(package)s", account=account, package=self.name),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "views": [(self.env.ref("account.view_move_line_tree").id, "list"), (False, "form")],
            "domain": list(Domain.OR(map(Domain, domains.values()))) if domains else [("id", "=", False)],
            "context": {"create": False},
        }
