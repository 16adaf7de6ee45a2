"""Who may do what on the models of this module; read by tests/odoo/test_security_matrix.py.

The tables lie beside this file, one for each part of the module.
"""

from . import access_alerts, access_monitoring, access_privacy, access_reviews, access_risk, access_trace, access_trail

PARTS = (access_trail, access_trace, access_monitoring, access_alerts, access_reviews, access_privacy, access_risk)

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS = {model: rights for part in PARTS for model, rights in part.MODELS.items()}
#: model -> public method -> roles that may call it
METHODS: dict[str, dict[str, tuple[str, ...]]] = {}
for _part in PARTS:
    for _model, _methods in _part.METHODS.items():
        METHODS.setdefault(_model, {}).update(_methods)
#: models whose records belong to no company
SHARED = tuple(model for part in PARTS for model in part.SHARED)
#: public methods that are called on the model, not on a record
ON_MODEL = {method for part in PARTS for method in part.ON_MODEL}
