"""Technical names that several files use."""

ACCOUNTANT = "finance_expense_sync.finance_group_expense_accountant"
MANAGER = "finance_expense_sync.finance_group_expense_manager"

FETCH = "finance.expense.handler.fetch"
FILE = "finance.expense.handler.file"
REPORT = "finance.expense.handler.report"
RECEIPT = "finance.expense.handler.receipt"
CONFIRM = "finance.expense.handler.confirm"
PERIOD = "finance.expense.handler.period"

#: states of a report on the platform that are final approvals (E-01)
FINAL = ("approved", "paid")
#: states in which a report on the platform has come to nothing
GONE = ("rejected", "recalled", "deleted")

CARD_FETCH = "finance.card.handler.fetch"
CARD_FILE = "finance.card.handler.file"
CARD = "finance.card.handler.transaction"
