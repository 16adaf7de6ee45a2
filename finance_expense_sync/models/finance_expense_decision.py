from odoo import models
from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_connector_base.engine import states

from ..const import ACCOUNTANT, MANAGER

#: causes that a person may let pass, with a reason
PASSABLE = ("expense_policy", "receipt_missing", "expense_duplicate", "expense_tax_mismatch")


class FinanceExpenseReport(models.Model):
    """What people decide about reports that need them. Each decision is written down and lets the message go on."""

    _inherit = "finance.expense.report"

    def _decide(self, event, reason, **values):
        """Write a decision down, and let what waits for it go on."""
        self.ensure_one()
        before = {name: self[name] for name in values if name != "override_id"}
        report = self.sudo()  # sudo: nobody writes reports directly; the caller has checked the role
        report.write(values)
        self.env["finance.audit"]._record(
            event, report, reason=reason, before={name: str(value) for name, value in before.items()}
        )
        message = report.message_id
        if message.state == states.HELD:
            message._retry(self.env._("decided by %s", self.env.user.name))

    def _check_decider(self, *groups):
        """:raise AccessError: who decides has the role, sees the report, and is not the employee it is of"""
        self.env["finance.message"]._check_role(*groups)
        self.check_access("read")
        mine = self.env.user.partner_id.commercial_partner_id | self.env.user.partner_id
        if not self.env.su and any(report.partner_id and report.partner_id in mine for report in self):
            raise AccessError(self.env._("Nobody decides about an own report."))

    def _let_pass(self, reason):
        """Let a report pass that is held for a cause of ``PASSABLE`` (E-18); of this revision alone."""
        self._check_decider(MANAGER)
        for report in self:
            if report.state != "exception" or report.reason_code not in PASSABLE:
                raise UserError(self.env._("Nothing to let pass: correct what is in the way of %s.", report.name))
            report._decide(
                "expense.passed",
                reason,
                override_id=self.env.uid,
                override_reason=reason,
                override_codes=sorted({*(report.override_codes or ()), report.reason_code}),
            )
            report.message_post(
                body=self.env._("Let pass (%(cause)s): %(why)s", cause=report.reason_id.name, why=reason)
            )

    def _book_on(self, day, reason):
        """Book a report on another day than its policy says: in the next open period (E-09)."""
        self._check_decider(ACCOUNTANT)
        for report in self:
            if report.state != "exception" or report.reason_code != "expense_period_closed":
                raise UserError(self.env._("%s does not wait for a period.", report.name))
            report._decide("expense.redated", reason, decided_date=day)
            report.message_post(body=self.env._("To be booked on %(day)s: %(why)s", day=day, why=reason))

    def _return(self, text):
        """Give a report back to the claimant, with a text that says what to correct (E-17)."""
        self._check_decider(ACCOUNTANT)
        for report in self:
            if report.state not in ("exception", "waiting"):
                raise UserError(self.env._("%s does not need attention.", report.name))
            message = report.sudo().message_id  # sudo: the role was checked
            self.env["finance.expense.confirmation"]._tell(
                report.sudo(), "failed", key=f"{report.revision}:{message.id}", parent=message, text=text
            )
            if message.state == states.HELD:
                message._set_state(
                    states.IGNORED, note=text, reason_code="expense_returned", detail=text, waiting_key=False
                )
                message.exception_ids._close("fixed")
            self.env["finance.audit"]._record("expense.returned", report, reason=text)
            # sudo: as above
            report.sudo().write({"state": "returned", "detail": text})
            report.message_post(body=self.env._("Returned: %s", text))


class FinanceMessage(models.Model):
    _inherit = "finance.message"

    def _discard(self, reason):
        """EXTENDS: a report whose message was given up waits no more."""
        result = super()._discard(reason)
        # sudo: whoever may discard need not see reports
        reports = self.env["finance.expense.report"].sudo().search([("message_id", "in", self.ids)])
        reports.filtered(lambda report: report.state == "exception").write({"state": "dropped", "detail": reason})
        return result
