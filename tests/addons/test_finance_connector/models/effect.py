from odoo import fields, models


class TestFinanceEffect(models.Model):
    """What working a message leaves behind, with a unique key: the ledger of the tests."""

    _name = "test.finance.effect"
    _description = "Effect of a Test Message"
    _log_access = False

    key = fields.Char(required=True)
    message_id = fields.Integer()
    sequence = fields.Integer()

    # deliberately not unique: a doubled effect must show as two rows, not be hidden by the database
    _by_key = models.Index("(key)")
