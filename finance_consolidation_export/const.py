"""Technical names that several files use."""

ACCOUNTANT = "finance_consolidation_export.finance_group_consolidation_accountant"
CONTROLLER = "finance_consolidation_export.finance_group_consolidation_controller"

#: dimensions a cut can have; the neutral trial balance has as many columns
DIMENSIONS = 8
