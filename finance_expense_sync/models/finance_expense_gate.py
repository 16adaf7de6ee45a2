from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.engine.once import once

from ..const import FINAL, GONE


class FinanceExpenseGate(models.AbstractModel):
    """What a report has to pass before it is coded: final, no test, within the policy, with receipts, there once."""

    _name = "finance.expense.gate"
    _description = "Gates of Expense Reports"

    @api.model
    def _ignored(self, document, report):
        """:return: (state of the record, reason, words) of a report that is not to be booked now, or None"""
        if document.is_test:
            return "dropped", "expense_test", self.env._("It is marked as a test.")
        if document.state in GONE:
            return "dropped", "expense_gone", self.env._("It was %s on the platform.", document.state)
        if document.state not in FINAL:
            return (
                "received",
                "expense_not_final",
                self.env._("It is %s: only what is approved is booked.", document.state),
            )
        return None

    @api.model
    def _pass(self, work):
        """:raise FinanceError: the first thing that a person has to decide, unless somebody has"""
        for gate in (self._pass_policy, self._pass_receipts, self._pass_duplicates):
            gate(work)

    @api.model
    def _pass_policy(self, work):
        if "expense_policy" in work.passed:
            return
        against = [
            (line, violation)
            for line in work.document.lines
            for violation in line.violations
            if violation.is_blocking and not violation.is_accepted
        ]
        if against:
            line, violation = against[0]
            raise RejectedError(
                self.env._(
                    "%(count)s violation(s) of the policy that nobody has accepted on the platform; the first one, "
                    "%(day)s: %(what)s",
                    count=len(against),
                    day=line.date,
                    what=violation.text or violation.code,
                ),
                reason="expense_policy",
                params={"lines": [line.external_id for line, _violation in against[:50]]},
                waiting_key=self._waiting_key(work),
            )

    @api.model
    def _pass_receipts(self, work):
        if "receipt_missing" in work.passed or work.policy.receipt_rule != "hold":
            return
        currency = self.env["finance.expense.record"]._currency(work.document.currency)
        without = [
            line
            for line in work.document.lines
            # no receipt exists for what the employee has driven, or is given for a day
            if line.kind == "expense"
            and not line.is_personal
            and (line.is_receipt_missing or not line.receipts)
            and currency.compare_amounts(float(abs(line.amount)), work.policy.receipt_from) >= 0
        ]
        if without:
            raise RejectedError(
                self.env._(
                    "%(count)s expense(s) lack their receipt; the first one is of %(day)s, %(amount)s %(currency)s.",
                    count=len(without),
                    day=without[0].date,
                    amount=without[0].amount,
                    currency=work.document.currency,
                ),
                reason="receipt_missing",
                params={"lines": [line.external_id for line in without[:50]]},
                waiting_key=self._waiting_key(work),
            )

    @api.model
    def _pass_duplicates(self, work):
        if "expense_duplicate" in work.passed or not work.policy.check_duplicates:
            return
        records = self.env["finance.expense.record"]
        digests = {digest: line for line in work.document.lines if (digest := records._likeness(line, work))}
        if not digests:
            return
        # sudo: the engine compares with all reports of the company
        found = (
            self.env["finance.expense.line"]
            .sudo()
            .search(
                [
                    ("likeness", "in", list(digests)),
                    ("report_id", "not in", work.report.ids),
                    ("report_id.connection_id", "=", work.connection_id),
                    ("report_id.state", "in", ("exception", "waiting", "posted", "paid")),
                ],
                limit=1,
            )
        )
        if found:
            report = found.report_id
            self._refuse_alike(work, digests[found.likeness], report.number or report.external_id)
        # those of the same batch are not written down yet
        begun = once((self._name, work.connection_id), dict)
        document = work.document
        for digest, line in digests.items():
            external_id, number = begun.setdefault(digest, (document.external_id, document.number))
            if external_id != document.external_id:
                self._refuse_alike(work, line, number or external_id)

    @api.model
    def _refuse_alike(self, work, line, report):
        raise RejectedError(
            self.env._(
                "The expense of %(day)s over %(amount)s is in report %(report)s, too: same employee, day, amount "
                "and merchant.",
                day=line.date,
                amount=line.amount,
                report=report,
            ),
            reason="expense_duplicate",
            params={"line": line.external_id},
            waiting_key=self._waiting_key(work),
        )

    @api.model
    def _waiting_key(self, work):
        """:return: key of what a person decides about this report"""
        return f"expense:{work.connection_id}:{work.document.external_id}"
