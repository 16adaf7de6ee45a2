from odoo import fields, models


class FinancePaymentFact(models.Model):
    """One thing that was said or seen about a payment; added, never changed (see ``payments/progress.py``)."""

    _name = "finance.payment.fact"
    _description = "Fact about a Payment"
    _inherit = ["finance.append.only"]
    _order = "id"
    _append_only_link = "statement_line_id"
    _rec_name = "code"
    _allow_sudo_commands = False

    line_id = fields.Many2one("finance.payment.line", required=True, readonly=True, ondelete="restrict", index=True)
    # not related: a row is never written again
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    is_confidential = fields.Boolean(readonly=True)
    currency_id = fields.Many2one(related="line_id.currency_id")
    kind = fields.Selection(
        [("status", "Said by the bank"), ("booked", "Booked"), ("returned", "Came back")], required=True, readonly=True
    )
    code = fields.Char(readonly=True, help="Status; of a return its reason.")
    key = fields.Char(readonly=True, help="What makes a booking the same in several messages.")
    amount = fields.Monetary(readonly=True)
    reasons = fields.Char(readonly=True)
    text = fields.Char(readonly=True)
    at = fields.Datetime(string="When", required=True, readonly=True)
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict", index="btree_not_null")
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _once = models.UniqueIndex(
        "(line_id, kind, COALESCE(code, ''), COALESCE(key, ''), COALESCE(reasons, ''), COALESCE(amount, 0))",
        "This is known already.",
    )
