"""Who may do what; collected by access_matrix.py."""

from odoo.addons.finance_connector_base.tests.access_models import INTEGRATION, READERS

#: dialogs are written by whoever opens them
WRITERS = dict.fromkeys(INTEGRATION, "crw")

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS: dict[str, dict[str, str]] = {
    "finance.change.log": {"auditor": "r"},
    "finance.completeness": READERS,
    "finance.expectation": {**READERS, "operator": "crwu"},
    "finance.incident.report": READERS,
    "finance.incident.wizard": {"operator": "crw", "auditor": "crw"},
    "finance.trace.look": WRITERS,
    "finance.trace.hit": WRITERS,
}
#: model -> public method -> roles that may call it
METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "finance.completeness": {"action_take_now": INTEGRATION, "action_view_messages": INTEGRATION},
    "finance.flow": {"action_state_expectation": ("operator",)},
    "finance.incident.report": {"action_print": INTEGRATION},
    "finance.incident.wizard": {"action_issue": ("operator", "auditor")},
    "finance.trace.look": {"action_search": INTEGRATION, "action_print": INTEGRATION},
    "finance.trace.hit": {"action_view_trace": INTEGRATION},
}
#: models whose records belong to no company
SHARED: tuple[str, ...] = ()
#: public methods that are called on the model, not on a record
ON_MODEL: set[str] = set()
