"""Who may call what this module adds to models of Odoo; its own models are in test_access.py.

``()``: nobody by a role of the control plane. Who may by the roles of accounting is tested where
the method is.
"""

MODELS = {}
METHODS = {
    "account.move": {"action_view_finance_runs": ()},
    "res.partner": {"action_view_finance_exposure": ()},
}
