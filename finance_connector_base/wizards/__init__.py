from . import finance_secret_intake

# isort: split
from . import (
    base_partner_merge,
    finance_api_key_wizard,
    finance_circuit_wizard,
    finance_onboarding_sign_wizard,
    finance_onboarding_wizard,
    finance_by_hand_in,
    finance_by_hand_out,
    finance_credential_wizard,
    finance_definition_trial,
    finance_disclosure_wizard,
    finance_duplicate_review,
    finance_host_wizard,
    finance_key_wizard,
    finance_mapping_sheet,
    finance_master_drift_wizard,
    finance_message_reason_wizard,
    finance_process_decision,
    finance_promotion_wizard,
    finance_reject_wizard,
    finance_secret_wizard,
    finance_stop_release_wizard,
    finance_stop_wizard,
    finance_subscription_resend,
    finance_webhook_secret_wizard,
)
from . import finance_subscription_secret_wizard
