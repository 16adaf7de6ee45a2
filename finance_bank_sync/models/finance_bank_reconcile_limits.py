"""Which accounts a bank line is never booked on directly."""

#: types of accounts that are reached through open items or not at all
NOT_BY_HAND = ("asset_receivable", "liability_payable", "asset_cash", "liability_credit_card", "off_balance")
