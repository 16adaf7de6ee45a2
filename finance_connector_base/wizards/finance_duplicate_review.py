from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.misc import format_datetime

from ..matching import duplicates
from ..safe import masking

#: values of a message that are shown
VALUES = 60


class FinanceDuplicateReview(models.TransientModel):
    """A message beside those it resembles: what is the same, what differs, what became of them."""

    _name = "finance.duplicate.review"
    _description = "Compare Messages"

    message_id = fields.Many2one("finance.message", required=True, readonly=True, ondelete="cascade")
    detail = fields.Text(related="message_id.detail")
    reason_code = fields.Char(related="message_id.reason_code")
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)
    reason = fields.Text(help="Kept with the message and in the audit trail.")

    def _earlier(self):
        """:return: the messages it resembles, those the user may see"""
        self.ensure_one()
        return self.env["finance.message"].search([("id", "in", list(self.message_id._compared_with()))], order="id")

    @api.depends("message_id")
    def _compute_comparison(self):
        for review in self:
            review.comparison = review._side_by_side([review.message_id, *review._earlier()])

    def _side_by_side(self, messages):
        heads = [self.env._("This one"), *(self.env._("Message %s", m.id) for m in messages[1:])]
        rows = [
            (self.env._("Received"), [format_datetime(self.env, m.create_date) for m in messages], False),
            (self.env._("Connection"), [m.connection_id.name for m in messages], False),
            (self.env._("Flow"), [m.flow_id.name for m in messages], False),
            (self.env._("Message"), [m.subject for m in messages], False),
            (self.env._("State"), [_label(m, "state") for m in messages], False),
            (self.env._("Became"), [self._links(m) for m in messages], False),
        ]
        # content is nobody's to read; it is shown masked to whoever may see the message
        contents = [dict(list(duplicates.leaves(self._content(m)))[:VALUES]) for m in messages]
        for path in dict.fromkeys(path for content in contents for path in content):
            values = [content.get(path) for content in contents]
            shown = ["-" if value is None else masking.mask_value(path, value) for value in values]
            # what differs is said of the values themselves, even where both look alike masked
            rows.append((path, shown, any(value != values[0] for value in values[1:])))
        if any(m.payload_sha256 for m in messages):
            prints = [m.payload_sha256 for m in messages]
            shown = [print_[:12] if print_ else "-" for print_ in prints]
            rows.append((self.env._("Fingerprint of the file"), shown, len(set(prints)) > 1))
        return Markup("<table class='table table-sm'><thead><tr><th></th>%s</tr></thead><tbody>%s</tbody></table>") % (
            Markup("").join(Markup("<th>%s</th>") % head for head in heads),
            Markup("").join(_row(self.env, *row) for row in rows),
        )

    def _content(self, message):
        return self.env[message.flow_id.sudo().handler]._shown_content(message)  # sudo: which handler knows the content

    def _links(self, message):
        """:return: links to what the message has made, of which the user may know"""
        links = []
        for link in message.document_ids[:10]:
            if link.res_model not in self.env:
                continue
            record = self.env[link.res_model].browse(link.res_id).exists()
            if record and record.has_access("read"):
                links.append(
                    Markup("<a href='/odoo/%s/%s' target='_blank'>%s</a>")
                    % (link.res_model, link.res_id, record.display_name)
                )
        return Markup("<br/>").join(links) if links else "-"

    def action_same(self):
        """It is the same business fact, or the earlier one is right: ignore it."""
        self.ensure_one()
        self.message_id._decide_duplicate(same=True, reason=self.reason)
        return {"type": "ir.actions.act_window_close"}

    def action_another(self):
        """It is another one, or the right one: it goes on by itself."""
        self.ensure_one()
        self.message_id._decide_duplicate(same=False, reason=self.reason)
        return {"type": "ir.actions.act_window_close"}


def _label(record, name):
    return dict(record._fields[name]._description_selection(record.env)).get(record[name], "")


def _row(env, name, values, differs):
    cells = Markup("").join(Markup("<td class='text-break'>%s</td>") % value for value in values)
    if not differs:
        return Markup("<tr><th class='fw-normal text-muted'>%s</th>%s</tr>") % (name, cells)
    # not by colour alone
    mark = Markup("<span class='badge text-bg-warning ms-1'>%s</span>") % env._("differs")
    return Markup("<tr class='table-warning'><th>%s %s</th>%s</tr>") % (name, mark, cells)
