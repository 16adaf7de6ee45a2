from . import (
    test_concur,
    test_expense_posting,
    test_expensify,
    test_payhawk,
    test_ramp,
)
