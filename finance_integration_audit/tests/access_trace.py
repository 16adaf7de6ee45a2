"""Who may do what; collected by access_matrix.py."""

from odoo.addons.finance_connector_base.tests.access_models import INTEGRATION

#: dialogs are written by whoever opens them
WRITERS = dict.fromkeys(INTEGRATION, "crw")

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS: dict[str, dict[str, str]] = {
    "finance.trace.look": WRITERS,
    "finance.trace.hit": WRITERS,
}
#: model -> public method -> roles that may call it
METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "finance.trace.look": {"action_search": INTEGRATION, "action_print": INTEGRATION},
    "finance.trace.hit": {"action_open": INTEGRATION},
}
#: models whose records belong to no company
SHARED: tuple[str, ...] = ()
#: public methods that are called on the model, not on a record
ON_MODEL: set[str] = set()
