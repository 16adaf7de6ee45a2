import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import OPERATOR
from ..engine import states
from ..models.finance_message_four_eyes import REPORTED
from ..models.step_up import step_up


class FinanceByHandOut(models.TransientModel):
    """Leads through a delivery by hand: take the file away from the channel, deliver it, say so with evidence."""

    _name = "finance.by.hand.out"
    _description = "Deliver by Hand"

    message_id = fields.Many2one("finance.message", required=True, readonly=True, ondelete="cascade")
    connection_id = fields.Many2one(related="message_id.connection_id")
    is_taken = fields.Boolean(compute="_compute_is_taken")
    needs_two = fields.Boolean(compute="_compute_is_taken")
    is_reported = fields.Boolean(compute="_compute_is_taken")
    may_decide = fields.Boolean(compute="_compute_is_taken")
    reported_by_id = fields.Many2one(related="message_id.reported_by_id")
    reported_reference = fields.Char(compute="_compute_is_taken", string="Reference of the other side")
    has_evidence = fields.Boolean(compute="_compute_is_taken")
    may_download = fields.Boolean(compute="_compute_is_taken")
    detail = fields.Text(related="message_id.detail")
    payload_sha256 = fields.Char(related="message_id.payload_sha256", string="Fingerprint (SHA-256)")
    reason = fields.Text(help="Kept with the message and in the audit trail.")
    reference = fields.Char(
        string="Their reference", help="What the other side calls it; a later confirmation finds it by that."
    )
    evidence = fields.Binary(attachment=False, help="E.g. the receipt of the portal.")
    evidence_name = fields.Char()

    @api.depends("message_id")
    def _compute_is_taken(self):
        for wizard in self:
            message = wizard.message_id
            is_held = message.state == states.HELD
            wizard.is_taken = is_held and message.reason_code == "by_hand"
            wizard.is_reported = is_held and message.reason_code == REPORTED
            wizard.needs_two = bool(message) and message._carries_money()
            reporter = message.reported_by_id
            wizard.may_decide = wizard.is_reported and reporter.partner_id != self.env.user.partner_id
            wizard.reported_reference = (message.result or {}).get("reference") if wizard.is_reported else False
            wizard.has_evidence = bool(message.evidence_id)
            wizard.may_download = bool(message and self.env["finance.disclosure"]._of(message))

    def action_take(self):
        """Take the message away from its channel; the file can be downloaded afterwards."""
        self.ensure_one()
        self.message_id._check_role(OPERATOR)
        return self._take_verified()

    @step_up
    def _take_verified(self):
        self.message_id._take_by_hand(self.reason)
        # the file holds account numbers in clear: who takes it has looked into it
        self.env["finance.disclosure"]._disclose(self.message_id, self.reason)
        self.reason = False
        return self._reopen()

    def action_download(self):
        """Download the file; the controller checks again and leaves an audit entry."""
        self.ensure_one()
        self.message_id._check_role(OPERATOR)
        if not self.is_taken:
            raise UserError(self.env._("Take the message away from its channel first, or it could be sent twice."))
        if not self.env["finance.disclosure"]._of(self.message_id):
            raise UserError(self.env._("The time to download is over. Give a reason again on the message."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/finance/message/{self.message_id.id}/payload",
            "target": "download",
        }

    def action_delivered(self):
        """It was delivered: done, as if the channel had sent it."""
        self.ensure_one()
        self.message_id._check_role(OPERATOR)
        return self._delivered_verified()

    @step_up
    def _delivered_verified(self):
        evidence = None
        if self.evidence:
            evidence = (self.evidence_name or "evidence", base64.b64decode(self.evidence))
        self.message_id._delivered_by_hand(self.reason, reference=(self.reference or "").strip(), evidence=evidence)
        return {"type": "ir.actions.act_window_close"}

    def action_confirm(self):
        """The second person confirms that it was delivered."""
        self.ensure_one()
        self.message_id._check_role(OPERATOR)
        return self._confirm_verified()

    @step_up
    def _confirm_verified(self):
        self.message_id._confirm_by_hand(self.reason)
        return {"type": "ir.actions.act_window_close"}

    def action_refute(self):
        """The second person does not find that it was delivered."""
        self.ensure_one()
        self.message_id._check_role(OPERATOR)
        return self._refute_verified()

    @step_up
    def _refute_verified(self):
        self.message_id._refute_by_hand(self.reason)
        return {"type": "ir.actions.act_window_close"}

    def action_evidence(self):
        """Look at the evidence as at the file itself, with a reason; the second time it is downloaded."""
        self.ensure_one()
        self.message_id._check_role(OPERATOR)
        if not self.has_evidence:
            raise UserError(self.env._("There is no evidence. Ask the other side whether it has arrived."))
        if not self.env["finance.disclosure"]._of(self.message_id):
            return self._evidence_verified()
        return {
            "type": "ir.actions.act_url",
            "url": f"/finance/message/{self.message_id.id}/evidence",
            "target": "download",
        }

    @step_up
    def _evidence_verified(self):
        self.message_id._check_reason(self.reason)
        self.env["finance.disclosure"]._disclose(self.message_id, self.reason)
        return self._reopen()

    def action_give_back(self):
        """It was not delivered: the channel sends it when it can."""
        self.ensure_one()
        self.message_id._check_role(OPERATOR)
        return self._give_back_verified()

    @step_up
    def _give_back_verified(self):
        self.message_id._give_back(self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliver by hand"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
