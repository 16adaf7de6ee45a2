from . import (
    finance_copy_safety,
    finance_expense_policy,
    hr_expense,
    hr_employee,
    finance_expense_twins,
    finance_expense_report,
    finance_card_claim,
    finance_card_transaction,
    finance_card_matcher,
    finance_card_total,
)
