from odoo import api, fields, models


class FinanceEventType(models.Model):
    """A type of event that can be subscribed to; one row for each of ``_types`` of ``finance.event``."""

    _name = "finance.event.type"
    _description = "Type of Event"
    _order = "name"

    name = fields.Char(string="Type", required=True, readonly=True)
    summary = fields.Char(string="Happens", readonly=True)
    owner = fields.Char(string="Who answers for its meaning", readonly=True)

    _once = models.UniqueIndex("(name)", "This type is there already.")

    @api.model
    def _note_all(self):
        """Make a row for each type that is known; called at each update, by each module that brings some."""
        known = {row.name: row for row in self.search([])}
        for name, kind in self.env["finance.event"]._types().items():
            if name == "finance.subscription.tested":
                continue
            values = {"summary": kind.summary, "owner": kind.owner}
            if name in known:
                known[name].write(values)
            else:
                self.create({"name": name, **values})
