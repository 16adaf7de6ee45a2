from odoo import api, models

#: causes that are decided on the report
DECIDED = frozenset(
    {
        "expense_policy",
        "receipt_missing",
        "expense_duplicate",
        "expense_tax_mismatch",
        "expense_period_closed",
    }
)


class FinanceExpenseHandlerReport(models.AbstractModel):
    """What the button "fix" of an exception opens."""

    _inherit = "finance.expense.handler.report"

    @api.model
    def _fix_action(self, exception):
        params, reason = exception.params or {}, exception.reason_code
        if params.get("unmapped"):
            return self.env["finance.mapping"]._action_map(params)
        if reason in ("expense_account_inactive", "expense_record_inactive"):
            return self._form_of(params["model"], params["id"])
        if reason in ("expense_no_rate", "expense_currency_inactive"):
            currency = self.env["finance.expense.record"]._currency(params["currency"])
            return self._form_of("res.currency", currency.id)
        if reason == "expense_intercompany":
            context = {"default_company_id": params["company_id"], "default_other_id": params["other_id"]}
            return self._form_of("finance.expense.intercompany", context=context)
        if reason == "expense_policy_none":
            return self._form_of("finance.expense.policy", context={"default_company_id": params["company_id"]})
        if reason == "expense_policy_incomplete":
            return self._form_of("finance.expense.policy", params["policy_id"])
        report = self.env["finance.expense.report"].browse(params.get("report_id")).exists()
        if report and reason in DECIDED and report.has_access("read"):
            return report.action_decide()
        if report and reason.startswith("expense_"):
            return self._form_of(report._name, report.id)
        return super()._fix_action(exception)

    @api.model
    def _form_of(self, model, record_id=False, context=None):
        return {
            "type": "ir.actions.act_window",
            "name": self.env[model]._description,
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": record_id,
            "context": context or {},
        }


class FinanceExpenseHandlerConfirm(models.AbstractModel):
    _inherit = "finance.expense.handler.confirm"

    @api.model
    def _fix_action(self, exception):
        report = self.env["finance.expense.report"].browse((exception.params or {}).get("report_id")).exists()
        if report and exception.reason_code in ("expense_recalled", "expense_not_told"):
            return self.env["finance.expense.handler.report"]._form_of(report._name, report.id)
        return super()._fix_action(exception)
