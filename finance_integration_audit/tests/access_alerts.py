"""Who may do what; collected by access_matrix.py."""

from odoo.addons.finance_connector_base.tests.access_models import READERS

ANSWERING = ("operator", "admin")
SETUP = {**READERS, "admin": "crwu"}

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS: dict[str, dict[str, str]] = {
    "finance.alert": READERS,
    "finance.alert.answer": {"operator": "crwu", "admin": "crwu"},
    "finance.alert.rule": SETUP,
    "finance.alert.step": SETUP,
    "finance.alert.team": SETUP,
    "finance.objective": SETUP,
    "finance.objective.point": READERS,
    "finance.telemetry.collector": SETUP,
}
#: model -> public method -> roles that may call it
METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "finance.alert": {
        "action_answer": ANSWERING,
        "action_view_runbook": tuple(READERS),
        "action_view_subject": (*ANSWERING, "auditor"),
        "action_view_trace": tuple(READERS),
    },
    "finance.alert.answer": {"action_confirm": ANSWERING},
    "finance.alert.rule": {"action_view_alerts": tuple(READERS)},
    "finance.objective": {"action_view_messages": tuple(READERS), "action_view_trend": tuple(READERS)},
    "finance.telemetry.collector": {"action_send_now": ("admin",)},
}
#: models whose records belong to no company
SHARED: tuple[str, ...] = ("finance.alert.rule", "finance.alert.step", "finance.alert.team")
#: public methods that are called on the model, not on a record
ON_MODEL: set[str] = set()
