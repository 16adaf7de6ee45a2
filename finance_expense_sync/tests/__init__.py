from . import (
    test_expense_posting,
)
