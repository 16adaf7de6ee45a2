from . import (
    finance_onboarding_sign_wizard,
    finance_onboarding_wizard,
    finance_credential_wizard,
    finance_key_wizard,
    finance_mapping_sheet,
    finance_message_reason_wizard,
    finance_process_decision,
    finance_reject_wizard,
    finance_secret_wizard,
    finance_stop_release_wizard,
    finance_stop_wizard,
)
