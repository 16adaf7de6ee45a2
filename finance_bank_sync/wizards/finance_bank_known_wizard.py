from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.const import OPERATOR

from ..models.finance_bank_known_lines import REASON


class FinanceBankKnownWizard(models.TransientModel):
    """A person says which bookings of a held statement are lines that were in the journal before."""

    _name = "finance.bank.known.wizard"
    _description = "Bookings That May Be in the Journal"

    # related as the user: whoever may open a wizard must not read other companies' records through it
    statement_id = fields.Many2one("finance.bank.statement", required=True, readonly=True)
    exception_id = fields.Many2one("finance.exception", readonly=True)
    pair_ids = fields.One2many("finance.bank.known.wizard.pair", "wizard_id", string="Bookings")

    @api.model
    def default_get(self, fields):
        """EXTENDS base: the pairs of the statement, all of them the same until somebody says otherwise."""
        values = super().default_get(fields)
        statement = self.env["finance.bank.statement"].browse(values.get("statement_id"))
        if statement and "pair_ids" in fields:
            statement.check_access("read")
            # sudo: the pairs of a statement that the user may see; what they say is read as the user
            _same, found = self.env["finance.bank.known.lines"].sudo()._pairs(statement.sudo())
            values["pair_ids"] = [
                Command.create(
                    {"entry_id": booking.id, "line_id": line, "payments": len(booking.rows), "is_same": True}
                )
                for booking, line in found
            ]
        return values

    def action_confirm(self):
        """Keep what was said with the statement, and let its message go on."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        self.env["finance.bank.statement"]._check_accountant()
        self.check_access("read")
        self.statement_id.check_access("read")
        # sudo: statements are written by nobody; role and company were checked
        statement = self.statement_id.sudo()
        message = statement.message_id
        exception = message.exception_ids.filtered(lambda e: e.state == "open" and e.reason_code == REASON)
        if message.state != "held" or not exception:
            raise UserError(self.env._("This statement does not wait for an answer any more."))
        # a pair that is not asked about any more says nothing
        answers = {
            (pair.entry_id.id, pair.payments, pair.line_id.id): pair.line_id.id if pair.is_same else 0
            for pair in self.pair_ids
        }
        _same, asked = self.env["finance.bank.known.lines"].sudo()._pairs(statement)  # sudo: as above
        said = {
            booking.name: answers[key]
            for booking, line in asked
            if (key := (booking.id, len(booking.rows), line)) in answers
        }
        statement.known_lines = {**(statement.known_lines or {}), **said}
        same = sum(1 for line in said.values() if line)
        self.env["finance.audit"]._record(
            "bank.lines.told",
            statement,
            after={"same": same, "others": len(said) - same},
            correlation_id=statement.correlation_id,
        )
        self.statement_id.message_id.action_retry()
        return {"type": "ir.actions.act_window_close"}


class FinanceBankKnownWizardPair(models.TransientModel):
    """A booking and the line that may be the same."""

    _name = "finance.bank.known.wizard.pair"
    _description = "Booking and Line That May Be the Same"

    wizard_id = fields.Many2one("finance.bank.known.wizard", required=True, ondelete="cascade")
    entry_id = fields.Many2one("finance.bank.entry", required=True, readonly=True, ondelete="cascade")
    line_id = fields.Many2one("account.bank.statement.line", required=True, readonly=True, ondelete="cascade")
    date = fields.Date(related="entry_id.booking_date", related_sudo=False, string="Booked")
    payments = fields.Integer(readonly=True, help="Of a collective booking that was entered as one line.")
    amount = fields.Monetary(related="line_id.amount", related_sudo=False)
    currency_id = fields.Many2one(related="entry_id.currency_id", related_sudo=False)
    label = fields.Char(compute="_compute_label", string="The bank says")
    line_date = fields.Date(related="line_id.date", related_sudo=False, string="In the journal")
    line_label = fields.Char(related="line_id.payment_ref", related_sudo=False, string="The line says")
    partner_id = fields.Many2one(related="line_id.partner_id", related_sudo=False)
    is_reconciled = fields.Boolean(related="line_id.is_reconciled", related_sudo=False)
    is_same = fields.Boolean(
        string="The same", default=True, help="Otherwise the booking gets a line of its own beside this one."
    )

    @api.depends("entry_id", "payments")
    def _compute_label(self):
        for pair in self:
            pair.label = pair.entry_id.label
            if pair.payments:
                pair.label = self.env._(
                    "%(count)s payments together, the first: %(label)s", count=pair.payments, label=pair.entry_id.label
                )
