from odoo import api, models
from odoo.fields import Domain

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.engine.once import once

from ..const import FINAL, GONE, REPORT
from ..posting.alike import coins

#: states of a report whose expenses are claimed
CLAIMED = ("exception", "waiting", "posted", "paid")


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
                    ("report_id.state", "in", CLAIMED),
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
    def _pass_elsewhere(self, work):
        """The same cost was claimed on another platform; called when it is known whose it is.

        Merchants are written otherwise there: employee, day, amount and currency have to do.
        """
        if "expense_duplicate" in work.passed or not work.policy.check_duplicates or not self._has_others(work):
            return
        companies = (work.company | work.payer).ids
        lines = [line for line in work.document.lines if line.kind == "expense" and not line.is_personal]
        # sudo: the engine compares with all reports of the company
        found = (
            self.env["finance.expense.line"]
            .sudo()
            .search(
                Domain("report_id.partner_id", "=", work.partner.id)
                & Domain("report_id.connection_id", "!=", work.connection_id)
                & (
                    Domain("report_id.company_id", "in", companies)
                    | Domain("report_id.paying_company_id", "in", companies)
                )
                & Domain("report_id.state", "in", CLAIMED)
                & Domain("date", "in", [line.date for line in lines])
                & Domain("kind", "=", "expense")
                & Domain("is_personal", "=", False),
            )
        )
        claimed = {}
        for other in found:
            for coin in self._coins_of(other):
                claimed.setdefault((other.date, coin), other.report_id)
        for line in lines:
            for coin in self._coins(work.document, line):
                if report := claimed.get((line.date, coin)):
                    self._refuse_elsewhere(work, line, report)

    @api.model
    def _has_others(self, work):
        # sudo: the engine
        flows = self.env["finance.flow"].sudo()
        others = [("handler", "=", REPORT), ("connection_id", "!=", work.connection_id)]
        return once((self._name, "others", work.connection_id), lambda: bool(flows.search_count(others, limit=1)))

    @api.model
    def _coins(self, document, line):
        """:return: what an expense of a document may be written as"""
        spent = ((line.spent.amount, line.spent.currency),) if line.spent else ()
        return coins((line.amount, document.currency), *spent)

    @api.model
    def _coins_of(self, line):
        """:return: what an expense of a record may be written as"""
        return coins((line.amount, line.report_id.currency_name), (line.spent_amount, line.spent_currency))

    @api.model
    def _refuse_elsewhere(self, work, line, report):
        raise RejectedError(
            self.env._(
                "The expense of %(day)s over %(amount)s %(currency)s is in report %(report)s of %(platform)s, too: "
                "same employee, day and amount.",
                day=line.date,
                amount=line.amount,
                currency=work.document.currency,
                report=report.number or report.external_id,
                platform=report.connection_id.name,
            ),
            reason="expense_duplicate",
            params={"line": line.external_id},
            waiting_key=self._waiting_key(work),
        )

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
