"""Who may do what on the models of this module; read by tests/odoo/test_security_matrix.py.

The roles are those of the control plane; what the roles of expenses and of accounting may is in test_expense_access.py.
"""

AUDITORS = {"auditor": "r"}

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS = {
    "finance.card.claim": AUDITORS,
    "finance.card.decision.wizard": {},
    "finance.card.posting": AUDITORS,
    "finance.card.total": AUDITORS,
    "finance.card.transaction": AUDITORS,
    "finance.expense.accrual": AUDITORS,
    "finance.expense.accrual.line": AUDITORS,
    "finance.expense.accrual.wizard": {},
    "finance.expense.advance": AUDITORS,
    "finance.expense.allocation": AUDITORS,
    "finance.expense.decision.wizard": {},
    "finance.expense.intercompany": {**AUDITORS, "admin": "crwu"},
    "finance.expense.line": AUDITORS,
    "finance.expense.policy": {**AUDITORS, "admin": "crwu"},
    "finance.expense.posting": AUDITORS,
    "finance.expense.receipt": AUDITORS,
    "finance.expense.receipt.wizard": {},
    "finance.expense.report": AUDITORS,
    "finance.expense.total": AUDITORS,
}

#: model -> public method -> roles that may call it
METHODS = {
    "finance.card.transaction": {
        **dict.fromkeys(
            (
                "action_accept_difference",
                "action_book_on",
                "action_choose_claim",
                "action_distinct",
                "action_fix",
                "action_not_personal",
                "action_personal",
                "action_retry",
            ),
            (),
        ),
        **dict.fromkeys(("action_view_claims", "action_view_message", "action_view_moves"), ("auditor",)),
    },
    "finance.card.claim": {
        **dict.fromkeys(("action_confirm", "action_refuse"), ()),
        "action_view_report": ("auditor",),
    },
    "finance.card.decision.wizard": {"action_confirm": ()},
    "finance.card.total": {"action_view_cards": ("auditor",)},
    "finance.connection": dict.fromkeys(("action_card_feed", "action_expense_events"), ("admin",)),
    "account.move": dict.fromkeys(
        ("action_view_finance_cards", "action_view_finance_expenses", "action_view_finance_receipts"), ("auditor",)
    ),
    "account.move.line": {"action_view_finance_receipts": ("auditor",)},
    "finance.expense.accrual": {
        **dict.fromkeys(("action_book", "action_calculate", "action_take_back"), ()),
        "action_view_moves": ("auditor",),
    },
    "finance.expense.accrual.wizard": {"action_confirm": ()},
    "finance.expense.advance": {"action_view_items": ("auditor",)},
    "finance.expense.decision.wizard": {"action_confirm": ()},
    "finance.expense.policy": {"action_book_period": (), "action_view_waiting": ("admin", "auditor")},
    "finance.expense.receipt.wizard": {"action_confirm": ()},
    "finance.expense.report": {
        **dict.fromkeys(("action_decide", "action_fix", "action_retry", "action_return"), ()),
        **dict.fromkeys(
            ("action_view_cards", "action_view_message", "action_view_moves", "action_view_receipts"), ("auditor",)
        ),
    },
    "finance.expense.total": {"action_view_reports": ("auditor",)},
}
