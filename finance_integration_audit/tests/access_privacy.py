"""Who may do what about retention and privacy; collected by access_matrix.py."""

KEPT = {"admin": "crwu", "auditor": "r"}
BOTH = ("admin", "auditor")

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS: dict[str, dict[str, str]] = {
    "finance.destroyed.list.wizard": {"admin": "crwu"},
    "finance.legal.hold": {"admin": "crw", "auditor": "crw"},
    "finance.legal.hold.lift": {"admin": "crwu", "auditor": "crwu"},
    "finance.privacy.request": {"admin": "crw", "auditor": "crw"},
    "finance.retention.policy": {"admin": "crw", "auditor": "r"},
    "finance.retention.tombstone": {"admin": "r", "auditor": "r"},
}
#: model -> public method -> roles that may call it
METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "finance.destroyed.list.wizard": {"action_confirm": ("admin",)},
    "finance.legal.hold": {"action_lift": BOTH},
    "finance.legal.hold.lift": {"action_confirm": BOTH},
    "finance.privacy.request": {"action_find": BOTH, "action_export": BOTH, "action_erase": ("admin",)},
    "finance.retention.policy": {
        "action_preview": BOTH,
        "action_purge": ("admin",),
        "action_view_tombstones": BOTH,
    },
    "finance.retention.tombstone": {"action_export_list": BOTH},
}
#: models whose records belong to no company
SHARED: tuple[str, ...] = ()
#: public methods that are called on the model, not on a record
ON_MODEL: set[str] = set()
