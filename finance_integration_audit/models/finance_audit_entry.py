from odoo import api, fields, models
from odoo.exceptions import AccessError


class FinanceAuditEntry(models.Model):
    """One thing that was done: who, when, to what, why, and what it was before and after.

    Written only by the hook ``finance.audit._record``, never changed. Everything is a snapshot: no keys to other
    tables, so that nothing that is deleted later takes its history along or is held back by it. ``seal`` and
    checkpoints prove that entries are whole (docs/audit-trail.md).
    """

    _name = "finance.audit.entry"
    _description = "Audit Entry"
    _inherit = ["finance.append.only"]
    _order = "id desc"
    _rec_name = "event"
    _allow_sudo_commands = False

    at = fields.Datetime(string="When", readonly=True)
    event = fields.Char(string="What", readonly=True)
    model = fields.Char(string="Kind of record", readonly=True)
    res_id = fields.Integer(string="Record", readonly=True, aggregator=None)
    record_name = fields.Char(string="Name", readonly=True, help="What the record was called then.")
    company_ref = fields.Integer(
        string="Id of the company", readonly=True, aggregator=None, help="Nothing: it concerns no company alone."
    )
    user_ref = fields.Integer(string="Id of the user", readonly=True, aggregator=None)
    user_login = fields.Char(string="Who", readonly=True)
    correlation_id = fields.Char(string="Business transaction", readonly=True)
    reason = fields.Text(readonly=True)
    before = fields.Text(readonly=True)
    after = fields.Text(readonly=True)
    key = fields.Char(string="Protected by key", readonly=True, help="Nothing: the server had no master key.")
    version = fields.Integer(readonly=True, aggregator=None)
    digest = fields.Char(string="SHA-256", readonly=True)
    mac = fields.Char(string="HMAC", readonly=True)

    _correlation = models.Index("(correlation_id, id) WHERE correlation_id IS NOT NULL")
    _subject = models.Index("(model, res_id, id)")
    # rows come in the order of time: a few pages say where a day is
    _moments = models.Index("USING brin (at)")

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super  # nothing is created this way
        """OVERRIDE: entries come from what was done, by the hook alone."""
        raise AccessError(self.env._("Audit entries are written by what they are about."))
