from odoo import api, fields, models


class FinanceReason(models.Model):
    """Catalogue of causes: what happened, in words, and what a person can do about it.

    Modules add rows in ``data/finance_reason_data.xml``; the ``code`` is what errors and
    outcomes carry. A cause without a row is shown under its bare code, so nothing is lost
    when a row is missing.
    """

    _name = "finance.reason"
    _description = "Cause of an Exception"
    _order = "code"

    code = fields.Char(required=True, index=True)
    name = fields.Char(string="Cause", required=True, translate=True)
    error_class = fields.Selection(
        [("technical", "Technical"), ("data", "Data quality"), ("business", "Business")],
        string="Class",
        required=True,
        default="business",
    )
    remedy = fields.Text(string="What to do", translate=True, required=True)
    fix_label = fields.Char(translate=True, help="Caption of the button that does the fix, when there is one.")
    due_hours = fields.Integer(
        aggregator=None,
        string="Due within (hours)",
        default=24,
        help="An exception not solved within this time is overdue.",
    )

    _code_unique = models.UniqueIndex("(code)", "This cause exists already.")

    @api.model
    def _by_code(self, code):
        """:return: the cause with that code, created on the fly when no module declared it"""
        # sudo: causes are a catalogue, the caller may be any role or a webhook
        reason = self.sudo().search([("code", "=", code)], limit=1)
        if not reason:
            reason = self.sudo().create(
                {
                    "code": code,
                    "name": code.replace(".", ": ").replace("_", " ").capitalize(),
                    "remedy": self.env._("Open the message, read the details, correct the source and try again."),
                }
            )
        return reason

    @api.model
    def _names(self, codes):
        """:return: dict code -> name of the causes that are in the catalogue"""
        # sudo: causes are a catalogue
        return {reason.code: reason.name for reason in self.sudo().search([("code", "in", [c for c in codes if c])])}
