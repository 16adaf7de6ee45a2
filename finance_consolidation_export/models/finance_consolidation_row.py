from odoo import api, fields, models
from odoo.tools import SQL

from ..const import DIMENSIONS


class FinanceConsolidationRow(models.Model):
    """One balance of a package: an account, cut by the dimensions of the cut.

    Written by SQL when a package is built and never again: a trigger refuses changes to rows of packages that were
    prepared, and any change but their removal before. No foreign keys: the rows outlive what they name, by hundreds of
    thousands at a time; names are kept in ``finance.consolidation.member``.
    """

    _name = "finance.consolidation.row"
    _description = "Balance of a Package"
    _auto = False
    _log_access = False
    _order = "package_id desc, cut_id, account_id, id"
    _allow_sudo_commands = False

    package_id = fields.Many2one("finance.consolidation.package", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    cut_id = fields.Many2one("finance.consolidation.cut", readonly=True)
    kind = fields.Selection(
        [
            ("balance", "Balance"),
            ("result", "Result of earlier years"),
            ("rounding", "Rounding of shares"),
            ("translation", "Translation difference"),
        ],
        readonly=True,
    )
    account_id = fields.Many2one("account.account", readonly=True)
    group_account_id = fields.Many2one("finance.consolidation.account", string="Group account", readonly=True)
    entity_id = fields.Many2one("finance.consolidation.entity", string="With company of the group", readonly=True)
    movement = fields.Char(readonly=True)
    items = fields.Integer(string="Journal items", readonly=True)
    currency_id = fields.Many2one(related="package_id.currency_id")
    group_currency_id = fields.Many2one(related="package_id.group_currency_id")
    opening = fields.Monetary(readonly=True, help="At the first day of the fiscal year.")
    earlier = fields.Monetary(string="Before the period", readonly=True, help="Of the fiscal year, before the period.")
    debit = fields.Monetary(readonly=True, help="Of the period.")
    credit = fields.Monetary(readonly=True, help="Of the period.")
    closing = fields.Monetary(readonly=True)
    closing_group = fields.Monetary(string="Closing, group currency", currency_field="group_currency_id", readonly=True)
    period_group = fields.Monetary(string="Period, group currency", currency_field="group_currency_id", readonly=True)
    amount_currency = fields.Float(
        string="Closing, transaction currency", readonly=True, help="Only where the cut is by currency.", digits=(16, 2)
    )
    is_reversed = fields.Boolean(string="Other sign", readonly=True, help="The group shows it with the opposite sign.")
    account_text = fields.Char(compute="_compute_members", string="Local account", help="As it was called then.")
    members = fields.Char(compute="_compute_members", string="Dimensions")

    def init(self):
        places = SQL(", ").join(SQL("%s int4", SQL.identifier(f"dim{number}")) for number in range(1, DIMENSIONS + 1))
        self.env.cr.execute(
            SQL(
                """
                CREATE TABLE IF NOT EXISTS finance_consolidation_row (
                    id serial PRIMARY KEY, package_id int4 NOT NULL, company_id int4 NOT NULL, cut_id int4 NOT NULL,
                    kind varchar NOT NULL, account_id int4, group_account_id int4, entity_id int4, movement varchar, %s,
                    items int4 NOT NULL, opening numeric NOT NULL, earlier numeric NOT NULL, debit numeric NOT NULL,
                    credit numeric NOT NULL,
                    closing numeric GENERATED ALWAYS AS (opening + earlier + debit - credit) STORED,
                    closing_group numeric, period_group numeric, amount_currency numeric, is_reversed boolean
                )
                """,
                places,
            )
        )
        for query in (
            "CREATE INDEX IF NOT EXISTS finance_consolidation_row_place ON finance_consolidation_row"
            " (package_id, cut_id, account_id)",
            """
            CREATE OR REPLACE FUNCTION finance_consolidation_row_kept() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'DELETE' AND EXISTS (
                    SELECT FROM finance_consolidation_package p WHERE p.id = OLD.package_id AND p.state = 'draft'
                ) THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION 'Balances of packages are evidence: they are added, never changed'
                      USING ERRCODE = 'insufficient_privilege';
            END $$
            """,
            "CREATE OR REPLACE TRIGGER finance_consolidation_row_kept BEFORE UPDATE OR DELETE"
            " ON finance_consolidation_row FOR EACH ROW EXECUTE FUNCTION finance_consolidation_row_kept()",
        ):
            self.env.cr.execute(query)

    @api.depends("package_id")
    def _compute_members(self):
        rows = self.filtered("id")
        self.members = self.account_text = ""
        if not rows:
            return
        places = [SQL.identifier(f"dim{number}") for number in range(1, DIMENSIONS + 1)]
        self.env.cr.execute(
            SQL(
                "SELECT id, ARRAY[%s] FROM finance_consolidation_row WHERE id = ANY(%s)",
                SQL(", ").join(places),
                rows.ids,
            )
        )
        found = dict(self.env.cr.fetchall())
        for package, of_package in rows.grouped("package_id").items():
            named = package._members_named()
            for row in of_package:
                row.account_text = " ".join(named.get((False, row.account_id.id), ()))
                dimensions = package._dimensions_of(row.cut_id)
                told = [
                    f"{dimension.name}: {named.get((dimension.id, member), ('?', '?'))[1]}"
                    for dimension, member in zip(dimensions, found.get(row.id, ()), strict=False)
                    if member is not None
                ]
                row.members = ", ".join(told)

    def action_view_items(self):
        """Open the journal items behind a balance (C-15)."""
        self.ensure_one()
        self.check_access("read")
        domain = self.package_id._domain_of(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Journal Items of %s", self.account_id.display_name or self.display_name),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "views": [(self.env.ref("account.view_move_line_tree").id, "list"), (False, "form")],
            "domain": domain,
            "context": {"create": False},
        }

    def action_view_group_items(self):
        """Open the journal items behind the whole group account that a balance is part of (C-15)."""
        self.ensure_one()
        self.check_access("read")
        return self.package_id._action_items(self.group_account_id.code)

    @api.depends("account_id", "group_account_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.account_id.display_name or row.group_account_id.display_name or str(row.id)
