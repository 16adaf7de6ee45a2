"""Who may call what this module adds; see docs/testing-security.md."""

MODELS = {}
METHODS = {
    "finance.expense.report": {"action_view_hr_expense": ()},
    "hr.employee": {"action_view_finance_expenses": ()},
    "hr.expense": {"action_finance_distinct": (), "action_view_finance_twins": ()},
}
