"""Who may do what on the models of this module; read by tests/odoo/test_security_matrix.py.

The roles are those of the control plane; what accountants may is in test_security.py.
"""

from odoo.addons.finance_connector_base.tests.access_models import INTEGRATION, READERS

OPERATORS = {"operator": "crwu"}
AUDITORS = {"auditor": "r"}

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS = {
    "finance.bank.accept.wizard": OPERATORS,
    "finance.bank.account.wizard": OPERATORS,
    "finance.bank.aging": {},
    "finance.bank.balance": READERS,
    "finance.bank.call": READERS,
    "finance.bank.consent": READERS,
    "finance.bank.entry": READERS,
    "finance.bank.fee": {},
    "finance.bank.fee.term": {},
    "finance.bank.forecast": {},
    "finance.bank.known.wizard": OPERATORS,
    "finance.bank.known.wizard.pair": OPERATORS,
    "finance.bank.lesson": READERS,
    "finance.bank.match": READERS,
    "finance.bank.online.account": {**READERS, "admin": "rw"},
    "finance.bank.position": {},
    "finance.bank.reconcile.wizard": {},
    "finance.bank.question.wizard": OPERATORS,
    "finance.bank.rule": READERS,
    "finance.bank.statement": READERS,
    "finance.bank.statement.profile": {**READERS, "admin": "crwu"},
    "finance.bank.suggestion": READERS,
    "finance.bank.told": {},
    "finance.bank.upload.wizard": OPERATORS,
    "finance.bank.virtual.account": READERS,
    "finance.intercompany.settlement": AUDITORS,
    "finance.intercompany.settlement.line": AUDITORS,
    # mandates are kept by payment creators: test_mandates.py
    "finance.mandate": AUDITORS,
    "finance.mandate.event": AUDITORS,
    # who pays has roles of their own: test_payment_access.py
    "finance.payment.approval": AUDITORS,
    "finance.payment.check": {**AUDITORS, "admin": "crwu"},
    "finance.payment.collect.wizard": {},
    "finance.payment.fact": AUDITORS,
    "finance.payment.handover.wizard": {},
    "finance.payment.initiation": AUDITORS,
    "finance.payment.item": AUDITORS,
    "finance.payment.line": AUDITORS,
    "finance.payment.order": AUDITORS,
    "finance.payment.override.wizard": {},
    "finance.payment.propose.wizard": {},
    "finance.payment.reason.wizard": {},
    "finance.payment.recall.wizard": {},
    "finance.payment.review.wizard": {},
    "finance.payment.route": {**AUDITORS, "admin": "crwu"},
    "finance.payment.rule": {**AUDITORS, "admin": "crwu"},
    "finance.payment.unknown.wizard": {},
    "finance.payment.verdict": AUDITORS,
    "finance.payment.word": AUDITORS,
    "finance.payment.word.wizard": {},
}

#: model -> public method -> roles that may call it
METHODS = {
    "account.move": {"action_view_finance_payments": ("auditor",)},
    "account.payment": {"action_view_finance_order": ()},
    "account.bank.statement.line": {
        "action_finance_accept": (),
        "action_finance_match_again": (),
        "action_finance_open_entry": (),
        "action_finance_reconcile": (),
        "action_finance_take": (),
        "action_view_finance_payments": ("auditor",),
    },
    "finance.bank.accept.wizard": {"action_confirm": ("operator",)},
    "finance.bank.account.wizard": {"action_confirm": ("operator",)},
    "finance.bank.known.wizard": {"action_confirm": ("operator",)},
    "finance.bank.question.wizard": {"action_confirm": ("operator",)},
    "finance.bank.aging": {"action_take": (), "action_view_line": ()},
    "finance.bank.fee": {"action_view_charges": ()},
    "finance.bank.balance": {"action_view_statement": INTEGRATION},
    "finance.bank.desk": dict.fromkeys(
        ("accept", "find_accounts", "find_items", "get_answers", "get_lines", "settle", "undo"), ()
    ),
    "finance.bank.consent": {
        "action_look": ("operator", "admin"),
        "action_renew": ("admin",),
        "action_revoke": ("admin",),
        "action_view_accounts": INTEGRATION,
    },
    "finance.bank.lesson": {"action_make_rule": INTEGRATION, "action_restore": (), "action_revoke": ()},
    "finance.bank.match": {"action_open_line": INTEGRATION, "action_undo": ()},
    "finance.bank.online.account": {"action_ask_now": ("operator",), "action_view_balances": INTEGRATION},
    "finance.bank.forecast": {"action_view_source": ()},
    "finance.bank.position": {
        "action_view_balances": (),
        "action_view_items": (),
        "action_view_lines": (),
        "action_view_payments": (),
        "action_view_statements": (),
    },
    "finance.bank.reconcile.wizard": {"action_confirm": ()},
    # who pays has roles of their own: test_payment_access.py
    "finance.payment.handover.wizard": dict.fromkeys(("action_download", "action_handed_over"), ()),
    "finance.payment.line": {
        "action_decide": (),
        "action_pay_nevertheless": (),
        "action_resubmit": (),
        "action_view_bookings": ("auditor",),
        "action_view_documents": ("auditor",),
        "action_view_payment": ("auditor",),
    },
    "finance.payment.order": {
        **dict.fromkeys(("action_approve", "action_cancel", "action_hand_over", "action_propose", "action_refuse"), ()),
        **dict.fromkeys(("action_release", "action_seen", "action_withdraw"), ()),
        **dict.fromkeys(("action_ask_bank", "action_ask_checks", "action_authorise", "action_recall"), ()),
        **dict.fromkeys(("action_decide_unknown", "action_lose_track", "action_pay_nevertheless"), ()),
        **dict.fromkeys(("action_decide_payments", "action_resubmit", "action_review"), ()),
        **dict.fromkeys(("action_view_documents", "action_view_message", "action_view_payments"), ("auditor",)),
    },
    "finance.payment.override.wizard": {"action_confirm": ()},
    "finance.payment.propose.wizard": dict.fromkeys(("action_make", "action_show_left"), ()),
    "finance.payment.reason.wizard": {"action_confirm": ()},
    "finance.payment.recall.wizard": {"action_confirm": ()},
    "finance.payment.review.wizard": {"action_confirm": ()},
    "finance.payment.unknown.wizard": {"action_confirm": ()},
    "finance.payment.word": {"action_download_evidence": ("auditor",)},
    "finance.payment.word.wizard": {"action_confirm": ()},
    "finance.bank.rule": {"action_test": INTEGRATION, "action_view_matches": INTEGRATION},
    "finance.bank.statement": {
        "action_fix": ("operator", "steward", "admin"),
        "action_view_entries": INTEGRATION,
        "action_view_lines": INTEGRATION,
        "action_view_message": INTEGRATION,
    },
    "finance.bank.suggestion": {"action_accept": ()},
    "finance.bank.upload.wizard": {"action_upload": ("operator",)},
    "finance.mandate": {
        **dict.fromkeys(("action_activate", "action_cancel", "action_confirm", "action_resume", "action_suspend"), ()),
        "action_view_lines": ("auditor",),
    },
    "finance.payment.collect.wizard": {"action_make": (), "action_show_left": ()},
    "res.partner": {"action_view_finance_mandates": ("auditor",), "action_view_finance_payments": ("auditor",)},
    "finance.connection": {
        "action_bank_accounts": ("admin",),
        "action_bank_consent": ("admin",),
        "action_bank_events": ("admin",),
        "action_view_bank_accounts": INTEGRATION,
        "action_view_bank_consents": INTEGRATION,
    },
}

#: methods that are called on the model, without records
ON_MODEL = {"accept", "find_accounts", "find_items", "get_answers", "get_lines", "settle", "undo"}

# direct debits
METHODS["finance.payment.order"] |= dict.fromkeys(("action_announce", "action_announced_otherwise"), ())

# between companies
METHODS["finance.intercompany.settlement"] = {
    **dict.fromkeys(("action_compare", "action_settle", "action_undo"), ()),
    **dict.fromkeys(("action_view_entries", "action_view_orders"), ("auditor",)),
}
