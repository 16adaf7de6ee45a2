from . import (
    test_cards,
    test_concur,
    test_expense_coding,
    test_expense_copies,
    test_expense_gates,
    test_expense_modes,
    test_expense_once,
    test_expensify,
    test_payhawk,
    test_ramp,
)
