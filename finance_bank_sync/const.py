"""Technical names that several files of this module use."""

CREATOR = "finance_bank_sync.finance_group_payment_creator"
APPROVER = "finance_bank_sync.finance_group_payment_approver"
RELEASER = "finance_bank_sync.finance_group_payment_releaser"
CONFIDENTIAL = "finance_bank_sync.finance_group_payment_confidential"

#: what may leave at most this often: once
PAYMENT_TYPE = "payment.order"
