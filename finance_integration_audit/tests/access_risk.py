"""Who may do what about risk holds; collected by access_matrix.py. Risk officers have a test of their own."""

from odoo.addons.finance_connector_base.tests.access_models import READERS

READ = {"admin": "r", "auditor": "r"}

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS: dict[str, dict[str, str]] = {
    "finance.risk.comparison": READ,
    "finance.risk.comparison.line": READ,
    "finance.risk.exposure": READ,
    "finance.risk.hold": READERS,
    "finance.risk.override.wizard": {},
    "finance.risk.policy": {"admin": "crwu", "auditor": "r"},
    "finance.risk.verdict": READERS,
}
#: model -> public method -> roles that may call it; risk officers are no role of the control plane
METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "finance.risk.comparison": {"action_compare": ()},
    "finance.risk.exposure": {"action_feed_all": ()},
    "finance.risk.hold": {"action_ask": (), "action_override": ()},
    "finance.risk.override.wizard": {"action_confirm": ()},
}
#: models whose records belong to no company
SHARED: tuple[str, ...] = ()
#: public methods that are called on the model, not on a record
ON_MODEL: set[str] = set()
