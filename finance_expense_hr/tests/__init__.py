from . import test_expense_hr
