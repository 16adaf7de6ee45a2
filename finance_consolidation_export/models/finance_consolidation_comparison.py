from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..balances import intercompany
from ..const import ACCOUNTANT

#: journal items of one side that are looked at when a difference is traced
MOST_ITEMS = 5000


class FinanceConsolidationComparison(models.Model):
    """What companies of the group have with each other in a period, from both sides (C-03, C-19)."""

    _name = "finance.consolidation.comparison"
    _description = "Intercompany Comparison"
    _inherit = ["mail.thread"]
    _order = "date_to desc, id desc"
    _allow_sudo_commands = False

    name = fields.Char(compute="_compute_name", store=True)
    scenario_id = fields.Many2one(
        "finance.consolidation.scenario",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env["finance.consolidation.scenario"].search([], limit=1),
    )
    date_to = fields.Date(
        string="Period until",
        required=True,
        default=lambda self: self.env["finance.consolidation.package"]._last_month()[1],
    )
    compared_at = fields.Datetime(string="Compared", readonly=True, copy=False)
    line_ids = fields.One2many(
        "finance.consolidation.comparison.line", "comparison_id", string="Companies", readonly=True
    )
    differing_count = fields.Integer(compute="_compute_counts", string="Differences")
    missing_count = fields.Integer(compute="_compute_counts", string="Sides missing")

    _once = models.UniqueIndex(
        "(scenario_id, date_to)", "There is a comparison of this period already. Compare again there."
    )

    @api.depends("scenario_id.code", "date_to")
    def _compute_name(self):
        for comparison in self:
            comparison.name = f"{comparison.scenario_id.code} {comparison.date_to}"

    @api.depends("line_ids.verdict")
    def _compute_counts(self):
        for comparison in self:
            verdicts = comparison.line_ids.mapped("verdict")
            comparison.differing_count = verdicts.count(intercompany.DIFFERS)
            comparison.missing_count = verdicts.count(intercompany.MISSING)

    def action_compare(self):
        """Compare both sides by the latest packages of the period, and name what has no counterpart."""
        self.ensure_one()
        package = self.env["finance.consolidation.package"]
        package._check_role(ACCOUNTANT)
        self.check_access("write")
        # sudo: both sides are compared whichever of them the person may read; the lines follow the record rules
        whole = self.sudo()
        whole.line_ids.unlink()
        packages = whole._packages()
        for pair in whole.scenario_id.pair_ids:
            whole._compare(pair, packages)
        whole.compared_at = self.env.cr.now()
        return True

    def _packages(self):
        """:return: entity -> the package that counts: approved before others, the later version first"""
        order = ("approved", "reviewed", "prepared", "draft")
        found = self.env["finance.consolidation.package"].search(
            [
                ("scenario_id", "=", self.scenario_id.id),
                ("date_to", "=", self.date_to),
                ("state", "in", order),
                ("built_at", "!=", False),
            ]
        )
        latest = {}
        for package in found.sorted(lambda one: (order.index(one.state), -one.version, -one.id)):
            latest.setdefault(package.entity_id.id, package)
        return latest

    def _compare(self, pair, packages):
        accounts = pair.account_ids.ids
        amounts = {}
        for entity, package in packages.items():
            self.env.cr.execute(
                SQL(
                    """SELECT entity_id, sum(closing_group)::text FROM finance_consolidation_row
                        WHERE package_id = ANY(%s) AND cut_id = %s AND group_account_id = ANY(%s) AND entity_id
                        IS NOT NULL
                     GROUP BY entity_id""",
                    package._chain(),
                    package._base().id,
                    accounts,
                )
            )
            amounts |= {(entity, other): Decimal(amount or 0) for other, amount in self.env.cr.fetchall()}
        lines = self.env["finance.consolidation.comparison.line"]
        for row in intercompany.compare(amounts, packages, Decimal(str(pair.tolerance))):
            line = lines.create(
                {
                    "comparison_id": self.id,
                    "pair_id": pair.id,
                    "entity_one_id": row.one,
                    "entity_other_id": row.other,
                    "amount_one": float(row.amount_one or 0),
                    "amount_other": float(row.amount_other or 0),
                    "difference": float(row.difference),
                    "verdict": row.verdict,
                }
            )
            if row.verdict == intercompany.DIFFERS:
                line._trace(packages[row.one], packages[row.other])
