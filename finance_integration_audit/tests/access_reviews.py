"""Who may do what; collected by access_matrix.py."""

#: what administrators keep and auditors read
KEPT = {"admin": "crwu", "auditor": "r"}
READ = {"admin": "r", "auditor": "r"}
DIALOG = {"admin": "crwu", "auditor": "crwu"}
BOTH = ("admin", "auditor")

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS: dict[str, dict[str, str]] = {
    "finance.access.review": READ,
    "finance.access.review.decide": DIALOG,
    "finance.access.review.line": READ,
    "finance.access.review.start": DIALOG,
    "finance.access.review.take": DIALOG,
    "finance.assistance.finding": {"operator": "r", "admin": "r", "auditor": "r"},
    "finance.duty": KEPT,
    "finance.duty.conflict": KEPT,
}
#: model -> public method -> roles that may call it
METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "finance.access.review": {
        "action_start": BOTH,
        "action_close": BOTH,
        "action_view_lines": BOTH,
        "action_export": BOTH,
    },
    "finance.access.review.decide": {"action_confirm": BOTH},
    "finance.access.review.line": {"action_decide": BOTH},
    "finance.access.review.start": {"action_confirm": BOTH},
    "finance.access.review.take": {"action_confirm": BOTH},
    "finance.assistance.finding": {
        "action_view_records": ("operator", *BOTH),
        "action_refresh": ("operator", *BOTH),
        "action_dismiss": ("operator", "admin"),
    },
}
#: models whose records belong to no company
SHARED: tuple[str, ...] = ("finance.duty", "finance.duty.conflict")
#: public methods that are called on the model, not on a record
ON_MODEL: set[str] = set()
