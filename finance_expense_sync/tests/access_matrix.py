"""Who may do what on the models of this module; read by tests/odoo/test_security_matrix.py.

The roles are those of the control plane; what the roles of expenses and of accounting may is in test_expense_access.py.
"""

AUDITORS = {"auditor": "r"}

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS = {
    "finance.expense.allocation": AUDITORS,
    "finance.expense.intercompany": {**AUDITORS, "admin": "crwu"},
    "finance.expense.line": AUDITORS,
    "finance.expense.policy": {**AUDITORS, "admin": "crwu"},
    "finance.expense.posting": AUDITORS,
    "finance.expense.receipt": AUDITORS,
    "finance.expense.report": AUDITORS,
}

#: model -> public method -> roles that may call it
METHODS = {
    "finance.connection": {"action_expense_events": ("admin",)},
}
