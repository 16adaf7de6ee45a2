from odoo import fields, models


class FinanceDualDifference(models.Model):
    """One finding of the last comparison of a dual run; the next one replaces it."""

    _name = "finance.dual.difference"
    _description = "Difference of a Dual Run"
    _log_access = False
    _order = "kind, key, path, id"
    _rec_name = "key"
    _allow_sudo_commands = False

    run_id = fields.Many2one(
        "finance.dual.run", string="Dual run", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    domain = fields.Selection(related="run_id.domain", store=True)
    kind = fields.Selection(
        [
            ("field", "Says something else"),
            ("missing_new", "Missing in the new feed"),
            ("missing_old", "Missing in the old feed"),
            ("duplicate_new", "Twice in the new feed"),
            ("duplicate_old", "Twice in the old feed"),
            ("double", "Worked by both"),
            ("neither", "Worked by neither"),
        ],
        string="What",
        required=True,
        readonly=True,
    )
    key = fields.Char(string="Transaction", required=True, readonly=True)
    path = fields.Char(string="Place", readonly=True)
    old_value = fields.Char(string="Old", readonly=True)
    new_value = fields.Char(string="New", readonly=True)
    amount = fields.Float(string="New minus old", digits=(24, 2), readonly=True, help="Where both are numbers.")
    old_message_id = fields.Many2one(
        "finance.message", string="Message of the old feed", readonly=True, ondelete="set null"
    )
    new_message_id = fields.Many2one(
        "finance.message", string="Message of the new feed", readonly=True, ondelete="set null"
    )
    note = fields.Char(string="Meaning", compute="_compute_note")

    def _compute_note(self):
        meanings = {
            "field": self.env._("Find out which side is right; correct the mapping or the source."),
            "missing_new": self.env._("The old feed has it, the new one does not."),
            "missing_old": self.env._("The new feed has it, the old one does not."),
            "duplicate_new": self.env._("The new feed brought it more than once."),
            "duplicate_old": self.env._("The old feed brought it more than once."),
            "double": self.env._("Both have booked it: undo one of the two in the books."),
            "neither": self.env._("Both have left it to the other: replay the message of the flow that works."),
        }
        for difference in self:
            difference.note = meanings[difference.kind]
