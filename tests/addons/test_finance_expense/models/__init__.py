from . import finance_expense_adapter_orca
