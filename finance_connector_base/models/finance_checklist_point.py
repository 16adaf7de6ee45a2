from odoo import fields, models

#: what an item can see by itself: methods ``_check_<value>`` of ``finance.onboarding.item``
CHECKS = [
    ("owner", "Owner is set"),
    ("environment", "Environment is set"),
    ("limits", "Limits are set"),
    ("secret", "Secret is set"),
    ("test", "Test has passed"),
    ("flow", "There is a flow"),
    ("first_message", "First message was worked"),
    ("mapping", "No code is unknown"),
]
ROLES = [("admin", "Connector administrator"), ("operator", "Operator"), ("steward", "Mapping steward")]


class FinanceChecklistPoint(models.AbstractModel):
    """What an item of a template and one of a checklist have in common."""

    _name = "finance.checklist.point"
    _description = "Point of a Checklist"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    check = fields.Selection(CHECKS, help="Seen by itself. Empty: a person signs it off with evidence.")
    role = fields.Selection(ROLES, string="Signed off by", default="admin", required=True)
    other_person = fields.Boolean(help="Whoever set the connection up cannot sign this off.")
    before_live = fields.Boolean(string="Before going live", default=True)
