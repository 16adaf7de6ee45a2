from odoo import fields, models
from odoo.exceptions import AccessError

from ..const import APPROVER, RELEASER


class FinancePaymentWord(models.Model):
    """What one person says became of one payment that the bank says no last word about; added, never changed.

    Two people who say the same decide: what they say becomes a fact of the payment, and it stands where that puts it.
    """

    _name = "finance.payment.word"
    _description = "What a Person Says Became of a Payment"
    _inherit = ["finance.append.only"]
    _order = "id"
    _rec_name = "decision"
    _allow_sudo_commands = False

    line_id = fields.Many2one(
        "finance.payment.line", string="Payment", required=True, readonly=True, ondelete="restrict", index=True
    )
    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True, ondelete="restrict", index=True)
    # not related: a row is never written again
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    is_confidential = fields.Boolean(readonly=True)
    number = fields.Integer(required=True, readonly=True, help="Which decision about the payment it belongs to.")
    decision = fields.Selection(
        [("executed", "Was executed"), ("not_executed", "Was not executed")], required=True, readonly=True
    )
    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True, ondelete="restrict")
    # a person may have several users
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="restrict")
    at = fields.Datetime(string="When", required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    evidence_id = fields.Many2one("finance.payload", readonly=True, ondelete="restrict", groups=fields.NO_ACCESS)
    evidence_sha256 = fields.Char(string="SHA-256 of the evidence", readonly=True)

    def _check_may_see_evidence(self):
        """:raise AccessError: evidence is for those who decide, and whoever audits them"""
        self.ensure_one()
        self.check_access("read")
        groups = (APPROVER, RELEASER, "finance_connector_base.finance_group_auditor")
        if not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(self.env._("Payment approvers, releasers and auditors look at evidence."))

    def action_download_evidence(self):
        """Download what the person has shown; the controller checks again and leaves an audit entry."""
        self._check_may_see_evidence()
        return {"type": "ir.actions.act_url", "url": f"/finance/payment/word/{self.id}/evidence", "target": "download"}


class FinancePaymentFact(models.Model):
    _inherit = "finance.payment.fact"

    kind = fields.Selection(selection_add=[("decided", "Said by two people")], ondelete={"decided": "cascade"})


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    _payment_protected = frozenset(("word_ids",))

    word_ids = fields.One2many("finance.payment.word", "line_id", string="What people say", readonly=True, copy=False)


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    _payment_protected = frozenset(("word_ids",))

    word_ids = fields.One2many("finance.payment.word", "order_id", string="What people say", readonly=True, copy=False)
