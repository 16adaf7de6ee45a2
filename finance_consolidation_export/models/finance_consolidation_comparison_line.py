from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ..balances import intercompany
from .finance_consolidation_comparison import MOST_ITEMS


class FinanceConsolidationComparisonLine(models.Model):
    """Two companies and what each says of the other; where they differ, the journal items without counterpart."""

    _name = "finance.consolidation.comparison.line"
    _description = "Two Companies Compared"
    _log_access = False
    _order = "comparison_id, pair_id, id"
    _allow_sudo_commands = False

    comparison_id = fields.Many2one(
        "finance.consolidation.comparison", required=True, readonly=True, ondelete="cascade", index=True
    )
    pair_id = fields.Many2one(
        "finance.consolidation.pair", string="What", required=True, readonly=True, ondelete="cascade"
    )
    entity_one_id = fields.Many2one(
        "finance.consolidation.entity", string="Company", required=True, readonly=True, ondelete="restrict"
    )
    entity_other_id = fields.Many2one(
        "finance.consolidation.entity", string="With", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="entity_one_id.company_id", store=True, string="Books of the company")
    other_company_id = fields.Many2one(
        related="entity_other_id.company_id", store=True, string="Books of the other company"
    )
    group_currency_id = fields.Many2one(related="comparison_id.scenario_id.currency_id")
    amount_one = fields.Monetary(string="Says the company", currency_field="group_currency_id", readonly=True)
    amount_other = fields.Monetary(string="Says the other", currency_field="group_currency_id", readonly=True)
    difference = fields.Monetary(currency_field="group_currency_id", readonly=True)
    verdict = fields.Selection(
        [("agrees", "Agrees"), ("differs", "Differs"), ("missing", "A side is missing")], required=True, readonly=True
    )
    item_ids = fields.Many2many(
        "account.move.line",
        "finance_consolidation_comparison_item_rel",
        string="Journal items without counterpart",
        readonly=True,
        groups="finance_consolidation_export.finance_group_consolidation_accountant",
    )
    item_count = fields.Integer(compute="_compute_item_count", string="Items without counterpart", compute_sudo=True)

    def _compute_item_count(self):
        for line in self:
            line.item_count = len(line.item_ids)

    def _trace(self, package, other_package):
        """Find the journal items of both sides that have no counterpart on the other."""
        self.ensure_one()
        sides = []
        for own, entity in ((package, self.entity_other_id), (other_package, self.entity_one_id)):
            sides.append(self._items(own, entity))
        left, right = intercompany.alone(*sides)
        self.item_ids = self.env["account.move.line"].browse([item.id for item in [*left, *right]])

    def _items(self, package, entity):
        """:return: journal items of a package that are with the other company, on accounts of the pair"""
        partners = [
            one for one, of in self.env["finance.consolidation.entity"]._by_partner().items() if of == entity.id
        ]
        self.env.cr.execute(
            SQL(
                """
                SELECT l.id, c.name, trim_scale(l.amount_currency)::text,
                       COALESCE(NULLIF(l.ref, ''), NULLIF(m.ref, ''), l.move_name, '')
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN res_currency c ON c.id = l.currency_id
                 WHERE l.company_id = ANY(%(companies)s) AND l.parent_state = 'posted' AND l.date <= %(last)s
                   AND l.partner_id = ANY(%(partners)s) AND NOT COALESCE(l.reconciled, FALSE)
                   AND (l.date >= %(year)s OR NOT %(yearly)s)
                   AND l.account_id IN (
                       SELECT account_id FROM finance_consolidation_row
                        WHERE package_id = ANY(%(packages)s) AND cut_id = %(cut)s AND group_account_id =
                        ANY(%(accounts)s))
              ORDER BY l.id DESC LIMIT %(most)s
                """,
                companies=package.entity_id._companies().ids,
                last=package.date_to,
                year=package.fiscal_from,
                # results are those of the year, balances those of all years
                yearly=bool(self.pair_id.account_ids.filtered(lambda one: one.kind in ("income", "expense"))),
                partners=partners,
                packages=package._chain(),
                cut=package._base().id,
                accounts=self.pair_id.account_ids.ids,
                most=MOST_ITEMS,
            )
        )
        return [
            intercompany.Item(id=item, currency=currency, amount=Decimal(amount), reference=reference)
            for item, currency, amount, reference in self.env.cr.fetchall()
        ]

    def action_view_items(self):
        """Open the journal items that have no counterpart."""
        self.ensure_one()
        self.check_access("read")
        # sudo: ids only; which of them are shown the list decides by the rights of the person
        items = self.sudo().item_ids.ids
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Without counterpart: %s", self.display_name),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "views": [(self.env.ref("account.view_move_line_tree").id, "list"), (False, "form")],
            "domain": [("id", "in", items)],
            "context": {"create": False, "group_by": ["company_id"]},
        }

    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.entity_one_id.code} / {line.entity_other_id.code} {line.pair_id.name}"
