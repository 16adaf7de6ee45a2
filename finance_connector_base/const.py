"""Technical names that several files use."""

VIEWER = "finance_connector_base.finance_group_viewer"
OPERATOR = "finance_connector_base.finance_group_operator"
STEWARD = "finance_connector_base.finance_group_mapping_steward"
ADMIN = "finance_connector_base.finance_group_admin"
AUDITOR = "finance_connector_base.finance_group_auditor"
CREDIT = "finance_connector_base.finance_group_credit_controller"

#: causes of held messages that a person decides by looking at both messages
DECIDED_BY_COMPARING = ("near_duplicate", "identity_conflict")
