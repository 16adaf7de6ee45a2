"""Side by side: what an order says now, and what it said when it was proposed the last time."""

import re

from markupsafe import Markup

from odoo import fields, models

from ..payments import canonical
from ..payments.difference import differences

#: rows that are shown; more are counted
_SHOWN = 200
#: an order up to this size is checked and compared whenever its form is opened
SMALL = 200


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    proposed_summary = fields.Json(
        readonly=True, copy=False, help="Payments as they were proposed: to tell which ones are not there any more."
    )
    last_changes = fields.Json(readonly=True, copy=False, help="What was changed between the last two proposals.")
    changes_html = fields.Html(
        string="What has changed", compute="_compute_changes_html", sanitize=False, help="Since it was proposed."
    )

    def _changes(self, content=None):
        """What has changed since the last proposal.

        :return: list of dict with ``payee``, ``what``, ``before`` and ``after``, in the order of the payments
        """
        self.ensure_one()
        order = self.sudo()  # sudo: compared as a whole; shown to those who may see the order
        if not order.proposed_summary:
            return []
        content = content or self._content()
        lines = {line.id: line for line in order.line_ids}
        line_ids = [line_id for ids in content.lines for line_id in ids]
        found = []
        for line_id, (document, digest) in zip(line_ids, canonical.contents(content.batch), strict=True):
            line = lines[line_id]
            if not line.approved_content:
                found.append(self._change(line.partner_id.name, self.env._("New payment"), None, order._in_words(line)))
            elif line.digest != digest:  # public: a fingerprint of content, no secret
                found += [
                    self._change(line.partner_id.name, self._what(one.place), one.before, one.after)
                    for one in differences(line.approved_content, document)
                ]
        gone = [text for line_id, text in order.proposed_summary.items() if int(line_id) not in lines]
        return found + [self._change(None, self.env._("Payment taken out"), text, None) for text in gone]

    def _change(self, payee, what, before, after):
        return {"payee": payee or "", "what": what, "before": before or "", "after": after or ""}

    def _in_words(self, line):
        account = line.partner_bank_id.sanitized_acc_number or ""
        amount = f"{line._decimal(line.amount)} {line.currency_id.name}"
        return ", ".join(filter(None, (line.partner_id.name, amount, account, line.reference or line.remittance)))

    def _what(self, place):
        """:return: a place of the canonical form in words"""
        known = {
            "payment.amount.amount": self.env._("Amount"),
            "payment.amount.currency": self.env._("Currency"),
            "payment.account.iban": self.env._("Account"),
            "payment.account.number": self.env._("Account"),
            "payment.agent.bic": self.env._("Bank"),
            "payment.counterparty.name": self.env._("Name"),
            "payment.remittance.0": self.env._("Text"),
            "payment.structured.0.reference": self.env._("Reference"),
            "payment.purpose.value": self.env._("Purpose"),
            "group.date": self.env._("Day of execution"),
            "group.account.iban": self.env._("Own account"),
            "group.account.number": self.env._("Own account"),
            "group.party.name": self.env._("Own name"),
            "group.charges": self.env._("Charges"),
        }
        if place in known:
            return known[place]
        if place.startswith("payment.counterparty.address"):
            return self.env._("Address")
        return re.sub(r"[._]+", " ", place.partition(".")[2] or place)

    def _summary(self):
        return {str(line.id): self._in_words(line) for line in self.line_ids}

    def _compute_changes_html(self):
        for order in self:
            changes = order.sudo().last_changes or []  # sudo: of an order that the user may see
            is_open = order.state == "draft" and order.round and order.payment_count <= SMALL
            if is_open:
                changes = order._changes()
            order.changes_html = order._side_by_side(changes) if changes else False

    def _side_by_side(self, changes):
        row = Markup("<tr><td>%s</td><td>%s</td><td class='text-danger'>%s</td><td class='text-success'>%s</td></tr>")
        rows = [row % (one["payee"], one["what"], one["before"], one["after"]) for one in changes[:_SHOWN]]
        if len(changes) > _SHOWN:
            rows.append(
                Markup("<tr><td colspan='4'>%s</td></tr>") % self.env._("... and %s more.", len(changes) - _SHOWN)
            )
        heads = (self.env._("Payee"), self.env._("What"), self.env._("As proposed"), self.env._("Now"))
        return Markup("<table class='table table-sm'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>") % (
            Markup("").join(Markup("<th>%s</th>") % head for head in heads),
            Markup("").join(rows),
        )
