"""Who may do what; collected by access_matrix.py."""

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS: dict[str, dict[str, str]] = {
    "finance.audit.entry": {"auditor": "r"},
}
#: model -> public method -> roles that may call it
METHODS: dict[str, dict[str, tuple[str, ...]]] = {}
#: models whose records belong to no company
SHARED: tuple[str, ...] = ()
#: public methods that are called on the model, not on a record
ON_MODEL: set[str] = set()
