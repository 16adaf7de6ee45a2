from odoo import fields, models


class FinancePaymentApproval(models.Model):
    """Who decided what about which content of an order. Rows are added, never changed, by nobody."""

    _name = "finance.payment.approval"
    _description = "Decision about a Payment Order"
    _inherit = ["finance.append.only"]
    _order = "id"
    _allow_sudo_commands = False

    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True, ondelete="restrict", index=True)
    # not related: a row is never written again
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    is_confidential = fields.Boolean(readonly=True)
    round = fields.Integer(required=True, readonly=True, help="Which proposal of the order it is about.")
    decision = fields.Selection(
        [
            ("propose", "Proposed"),
            ("approve", "Approved"),
            ("refuse", "Refused"),
            ("void", "Approvals void"),
            ("release", "Released"),
            ("hold", "Held"),
            ("cancel", "Cancelled"),
            ("executed", "Was executed"),
            ("not_executed", "Was not executed"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True, ondelete="restrict")
    # a person may have several users
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="restrict")
    at = fields.Datetime(string="When", required=True, readonly=True)
    digest = fields.Char(readonly=True, help="Content of the order that it is about.")
    reason = fields.Text(readonly=True)

    _one_duty_a_person = models.UniqueIndex(
        "(order_id, round, partner_id) WHERE decision IN ('propose', 'approve', 'release')",
        "Nobody makes, approves and releases the same payments.",
    )
