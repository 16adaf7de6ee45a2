# what dialogs have in common comes first
from . import finance_payment_dialog
from . import (
    account_payment_register,
    finance_bank_accept_wizard,
    finance_bank_account_wizard,
    finance_bank_known_wizard,
    finance_bank_question_wizard,
    finance_bank_reconcile_wizard,
    finance_bank_upload_wizard,
    finance_payment_collect_wizard,
    finance_payment_handover_wizard,
    finance_payment_override_wizard,
    finance_payment_propose_wizard,
    finance_payment_reason_wizard,
    finance_payment_recall_wizard,
    finance_payment_review_wizard,
    finance_payment_unknown_wizard,
    finance_payment_word_wizard,
)
