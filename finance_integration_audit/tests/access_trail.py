"""Who may do what; collected by access_matrix.py."""

AUDITORS = {"auditor": "r"}

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS: dict[str, dict[str, str]] = {
    "finance.audit.anchor": {**AUDITORS, "admin": "crwu"},
    "finance.audit.checkpoint": AUDITORS,
    "finance.audit.receipt": AUDITORS,
    "finance.evidence.bundle": AUDITORS,
    "finance.evidence.wizard": {"auditor": "crwu"},
    "finance.audit.entry": AUDITORS,
    "finance.audit.finding": AUDITORS,
    "finance.audit.key": AUDITORS,
    "finance.audit.seal": AUDITORS,
    "finance.audit.verification": AUDITORS,
}
#: model -> public method -> roles that may call it
METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "finance.audit.anchor": {"action_publish": ("auditor",)},
    "finance.audit.checkpoint": {"action_sign_now": ("auditor",)},
    "finance.evidence.bundle": {"action_download": ("auditor",)},
    "finance.evidence.wizard": {"action_make": ("auditor",)},
    "finance.audit.verification": {"action_verify": ("auditor",)},
}
#: models whose records belong to no company
SHARED: tuple[str, ...] = (
    "finance.audit.checkpoint",
    "finance.audit.finding",
    "finance.audit.key",
    "finance.audit.receipt",
    "finance.audit.seal",
    "finance.audit.verification",
)
#: public methods that are called on the model, not on a record
ON_MODEL: set[str] = {"action_sign_now", "action_verify"}
