"""Who may do what; collected by access_matrix.py."""

from odoo.addons.finance_connector_base.tests.access_models import READERS

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS: dict[str, dict[str, str]] = {
    "finance.api.call": READERS,
    "finance.metric.mark": READERS,
    "finance.metric.sample": READERS,
}
#: model -> public method -> roles that may call it
METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "finance.metric.dashboard": {
        # accountants may, too, whom the matrix does not know: test_metric_dashboard.py
        "get_finance": ("auditor",),
        "get_operations": ("viewer", "operator", "steward", "admin", "auditor"),
    },
}
#: models whose records belong to no company
SHARED: tuple[str, ...] = ("finance.api.call", "finance.metric.mark")
#: public methods that are called on the model, not on a record
ON_MODEL: set[str] = {"get_finance", "get_operations"}
