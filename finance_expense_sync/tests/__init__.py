from . import (
    test_concur,
    test_expense_posting,
    test_expensify,
)
