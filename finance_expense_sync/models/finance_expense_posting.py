from odoo import fields, models


class FinanceExpensePosting(models.Model):
    """Which entry a report is in, with how much of it; one row can be there once, whatever is tried again (E-13)."""

    _name = "finance.expense.posting"
    _description = "Posting of a Report"
    _order = "id"
    _rec_name = "move_id"
    _allow_sudo_commands = False

    report_id = fields.Many2one("finance.expense.report", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    revision = fields.Integer(readonly=True, aggregator=None)
    kind = fields.Selection([("posted", "Posted"), ("reversed", "Taken back")], required=True, readonly=True)
    key = fields.Char(required=True, readonly=True, help="What of the report it is.")
    move_id = fields.Many2one("account.move", required=True, readonly=True, ondelete="restrict", index=True)
    reverses_id = fields.Many2one("finance.expense.posting", readonly=True, index="btree_not_null")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="Gross amount of the report's lines in the entry.")

    # a second attempt at the same thing fails here, in whatever process it runs
    _once = models.UniqueIndex("(report_id, kind, key)", "This is booked already.")
    _reversed_once = models.UniqueIndex("(reverses_id) WHERE reverses_id IS NOT NULL", "This was taken back already.")
