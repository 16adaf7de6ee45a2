from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine import states

from ..const import ACCOUNTANT


class FinanceCardHandlerTransaction(models.AbstractModel):
    """What the button "fix" of an exception opens."""

    _inherit = "finance.card.handler.transaction"

    @api.model
    def _fix_action(self, exception):
        params, reason = exception.params or {}, exception.reason_code
        reports = self.env["finance.expense.handler.report"]
        if reason == "card_program_unknown" and params.get("journal_id"):
            return reports._form_of("account.journal", params["journal_id"])
        if params.get("unmapped") or not reason.startswith(("card_", "expense_period")):
            # mapping, rate, currency, policy: the same as of reports
            return reports._fix_action(exception)
        card = self.env["finance.card.transaction"].browse(params.get("card_id")).exists()
        if card and card.has_access("read"):
            return reports._form_of(card._name, card.id)
        return super()._fix_action(exception)


class FinanceCardTransaction(models.Model):
    """What people decide about a transaction that waits."""

    _inherit = "finance.card.transaction"

    def _decide(self, event, reason=None, **values):
        """Write a decision down, and let what waits for it go on."""
        self.ensure_one()
        before = {name: str(self[name]) for name in values}
        card = self.sudo()  # sudo: nobody writes transactions directly; the caller has checked the role
        card.write(values)
        self.env["finance.audit"]._record(event, card, reason=reason, before=before)
        if card.message_id.state == states.HELD:
            card.message_id._retry(self.env._("decided by %s", self.env.user.name))

    def action_distinct(self):
        """Say of charges that look like others that they are purchases of their own."""
        self.env["finance.message"]._check_role(ACCOUNTANT)
        self.check_access("read")
        for card in self:
            if card.reason_code != "card_duplicate":
                raise UserError(self.env._("%s does not look like another charge.", card.display_name))
            card._decide("card.distinct", is_distinct=True)
            card.message_post(body=self.env._("It is a purchase of its own."))

    def action_fix(self):
        """Open what the cause offers to mend it."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ACCOUNTANT)
        self.check_access("read")
        exception = self.message_id.exception_ids.filtered(lambda one: one.state == "open")[:1]
        if not exception:
            raise UserError(self.env._("Nothing is in the way any more."))
        return exception.action_fix()

    def action_retry(self):
        """Try again."""
        self.env["finance.message"]._check_role(ACCOUNTANT)
        self.check_access("read")
        return self.message_id.action_retry()

    def action_view_message(self):
        """Show the message it came with."""
        self.ensure_one()
        self.check_access("read")
        return self.env["finance.expense.handler.report"]._form_of("finance.message", self.message_id.id)
