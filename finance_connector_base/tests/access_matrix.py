"""Who may call what this module adds to models of Odoo; its own models are in access_models.py.

``()``: nobody by a role of the control plane. Who may by the roles of accounting is tested where
the method is.
"""

from .access_models import INTEGRATION

MODELS = {}
METHODS = {
    "account.move": {"action_view_finance_runs": ()},
    "res.partner": {
        "action_finance_proposals": INTEGRATION,
        "action_finance_references": INTEGRATION,
        "action_view_finance_exposure": (),
    },
}
