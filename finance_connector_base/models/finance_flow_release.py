import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class FinanceFlow(models.Model):
    """Which Odoo records may leave: only those in the released state that the flow names."""

    _inherit = "finance.flow"

    record_model = fields.Char(string="Records", help="Technical name of the model whose records this flow sends.")
    release_domain = fields.Char(
        string="Only when",
        help="Domain a record must match to be sent, e.g. [('state', '=', 'posted')]. Others produce no message.",
    )

    @api.constrains("record_model", "release_domain")
    def _check_release(self):
        for flow in self:
            if flow.record_model and flow.record_model not in self.env:
                raise ValidationError(self.env._("There is no model %s in this database.", flow.record_model))
            try:
                domain = flow._parsed_release_domain()
                if flow.record_model:
                    self.env[flow.record_model].sudo().search(domain, limit=1)  # sudo: only to see that it can be asked
            except (ValueError, SyntaxError, TypeError, AttributeError) as error:
                raise ValidationError(self.env._("The domain cannot be read: %s", error)) from error

    def _parsed_release_domain(self):
        self.ensure_one()
        # literals only: a domain is data, never code
        return Domain(ast.literal_eval(self.release_domain)) if self.release_domain else Domain.TRUE

    def _released(self, records):
        """:return: those of the records that this flow may send"""
        flow = self.sudo()  # sudo: whoever changes a record need not be allowed to read the flow
        return records.filtered_domain(flow._parsed_release_domain())

    def _enqueue_records(self, records, make_envelope):
        """Queue a message for each record that is released; the others produce none.

        :param make_envelope: called with one record, gives its envelope
        :return: the messages
        """
        released = self._released(records)
        return self.env["finance.message"]._enqueue(self, [make_envelope(record) for record in released])
