from . import (
    finance_card_decision_wizard,
    finance_expense_accrual_wizard,
    finance_expense_decision_wizard,
    finance_expense_receipt_wizard,
)
