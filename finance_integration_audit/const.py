"""Technical names that several files use."""

VIEWER = "finance_connector_base.finance_group_viewer"
OPERATOR = "finance_connector_base.finance_group_operator"
ADMIN = "finance_connector_base.finance_group_admin"
AUDITOR = "finance_connector_base.finance_group_auditor"
ACCOUNTANT = "account.group_account_readonly"
OFFICER = "finance_integration_audit.finance_group_risk_officer"
