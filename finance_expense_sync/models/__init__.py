"""Models of expense reports and cards; a file that extends comes after the one that defines."""

from . import (
    finance_expense_adapter,
    finance_expense_report,
    finance_expense_line,
    finance_expense_allocation,
    finance_expense_receipt,
    finance_expense_policy,
    finance_expense_posting,
    finance_expense_intercompany,
    finance_expense_record,
    finance_expense_gate,
    finance_expense_coder,
    finance_expense_poster,
    finance_expense_correction,
    finance_expense_confirmation,
    finance_expense_handler_fetch,
    finance_expense_handler_file,
    finance_expense_handler_report,
    finance_expense_handler_receipt,
    finance_expense_handler_confirm,
    finance_expense_csv,
)
