"""An order whose file a person took to hand it to the bank, and of which nothing was heard since (K-33)."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import APPROVER, RELEASER


class FinancePaymentApproval(models.Model):
    _inherit = "finance.payment.approval"

    decision = fields.Selection(selection_add=[("lost", "Nobody knows")], ondelete={"lost": "cascade"})


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    _payment_protected = frozenset(("taken_by_id", "taken_at"))

    taken_by_id = fields.Many2one("res.users", string="File taken by", readonly=True, copy=False)
    taken_at = fields.Datetime(string="File taken", readonly=True, copy=False)
    may_lose_track = fields.Boolean(compute="_compute_may_lose_track")

    @api.depends_context("uid")
    @api.depends("state", "flow_id")
    def _compute_may_lose_track(self):
        decides = any(self.env.user.has_group(group) for group in (APPROVER, RELEASER))
        for order in self:
            order.may_lose_track = decides and order.state == "sending" and not order.flow_id

    def _take_file(self):
        """A person takes the file: from here on the bank may have it."""
        self._sending()
        # sudo: written by steps alone
        self.sudo().write({"taken_by_id": self.env.uid, "taken_at": self.env.cr.now()})

    def action_lose_track(self):
        """Open the dialog in which a person says that nobody knows whether the bank has the file."""
        self._check_group(APPROVER, RELEASER)
        return self._reason_dialog("lost", self.env._("Nobody Knows"))

    def _lose_track(self, reason):
        """Nobody knows whether the file that was taken has reached the bank: two people decide, after some time.

        :param reason: what was done to find out, for people
        """
        self._lock_state("sending")
        if self.flow_id:
            raise UserError(self.env._("%s leaves by its connection, not by hand.", self.display_name))
        self._decided("lost", reason)
        # the task was to say what became of it: this says it
        self.sudo().activity_ids.action_feedback()  # sudo: activities of colleagues
        self._unknown(self.env._("The file was taken, and nobody knows whether the bank has it: %s", reason))

    # -- reminding ---------------------------------------------------------------------------------

    @api.model
    def _cron_inquire(self):
        # EXTENDS: what is in the hands of people is asked about, too
        self._remind_of_files()
        return super()._cron_inquire()

    @api.model
    def _remind_of_files(self):
        """Show orders whose file was taken hours ago as ones that need somebody, and tell who took it."""
        # sudo: the scheduled action sees every company
        orders = self.sudo().search([("state", "=", "sending"), ("flow_id", "=", False), ("attention", "=", False)])
        now = self.env.cr.now()
        for order in orders:
            hours = order.company_id.finance_payment_file_hours
            if order.since > now - timedelta(hours=hours):
                continue
            order.attention = order.env._(
                "The file was taken more than %s hours ago. Say that the bank has it, or that nobody knows.", hours
            )
            people = order.taken_by_id.filtered("active") or order._members(RELEASER)
            for user in people[:2]:
                order.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=order.env._("Does the bank have the file?"),
                )


class ResCompany(models.Model):
    _inherit = "res.company"

    finance_payment_file_hours = fields.Integer(
        string="Hours until a file that was taken is asked about",
        default=4,
        required=True,
        help="So long a person may have the file of an order before it is shown as one that needs somebody.",
    )

    _finance_payment_file_hours = models.Constraint(
        "CHECK (finance_payment_file_hours BETWEEN 1 AND 240)", "A file is asked about after 1 to 240 hours."
    )
