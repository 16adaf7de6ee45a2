from markupsafe import Markup

from odoo import api, models
from odoo.tools import formatLang


class FinanceMappingImpact(models.Model):
    """What was found, as people read it."""

    _inherit = "finance.mapping.impact"

    @api.depends("found", "state", "seen")
    def _compute_result(self):
        for look in self:
            look.result = look._result_html(look.sudo().found or {})  # sudo: names of what was found, see company_ids

    def _result_html(self, found):
        parts = []
        if self.state != "done":
            parts.append(Markup("<p class='text-warning'>%s</p>") % self._told_state())
        if not found.get("flows") and not found.get("waiting"):
            if self.state == "done":
                parts.append(
                    Markup("<p>%s</p>") % self.env._("No message of these days would be translated otherwise.")
                )
            return Markup("").join(parts)
        parts.append(self._messages_table(found))
        if found.get("ledger"):
            parts.append(self._ledger_table(found))
        if found.get("examples"):
            parts.append(self._examples(found))
        return Markup("").join(parts)

    def _told_state(self):
        told = {
            "running": self.env._("Under way: %(seen)s of %(total)s messages.", seen=self.seen, total=self.total),
            "cancelled": self.env._(
                "Cancelled after %(seen)s of %(total)s messages, the newest first.", seen=self.seen, total=self.total
            ),
            "failed": self.env._("It failed after %s messages; the log of the server says why.", self.seen),
        }
        return told[self.state]

    def _messages_table(self, found):
        flows = self.env["finance.flow"].sudo()  # sudo: names of flows of companies that the reader has
        rows = []
        for what, counts in (
            (self.env._("Translated otherwise"), found["flows"]),
            (self.env._("Resumes"), found["waiting"]),
        ):
            rows += [(what, flows.browse(int(flow)).name, count) for flow, count in counts.items()]
        codes = sorted(found["codes"].items(), key=lambda item: (-item[1], item[0]))[:20]
        rows += [(self.env._("of these with"), name.partition(":")[2], count) for name, count in codes]
        return self._html_table((self.env._("Messages"), self.env._("Flow or code"), self.env._("Number")), rows)

    def _ledger_table(self, found):
        """Difference by account; where not the account changes, the sum that gets another partner, tax or journal."""
        by_account, moved = {}, []
        for key, (balance, documents) in found["ledger"].items():
            model, was, becomes, account, currency = key.split(",")
            was, becomes, account, currency = int(was), int(becomes), int(account), int(currency)
            if model == "account.account":
                for place, amount in ((was, -balance), (becomes, balance)):
                    sums = by_account.setdefault((place, currency), [0.0, 0])
                    sums[0] += amount
                    sums[1] += documents
            else:
                change = f"{self._named(model, was)} \u2192 {self._named(model, becomes)}"
                moved.append((self._named("account.account", account), change, balance, currency, documents))
        rows = [
            (self._named("account.account", account), "", self._money(amount, currency, sign=True), documents)
            for (account, currency), (amount, documents) in sorted(by_account.items())
        ]
        rows += [
            (account, change, self._money(balance, currency), documents)
            for account, change, balance, currency, documents in sorted(moved)
        ]
        heads = (
            self.env._("Difference on the ledger by account"),
            self.env._("Other change"),
            self.env._("Amount"),
            self.env._("Entries"),
        )
        return self._html_table(heads, rows)

    def _named(self, model, record_id):
        if not record_id:
            return self.env._("not mapped")
        return self.env["finance.mapping"]._label_of(model, record_id) or "-"

    def _money(self, amount, currency_id, *, sign=False):
        currency = self.env["res.currency"].sudo().browse(currency_id)  # sudo: currencies are no secret
        text = formatLang(self.env, amount, currency_obj=currency)
        return f"+{text}" if sign and amount > 0 else text

    def _examples(self, found):
        moves = self.env["account.move"].sudo().browse(found["examples"]).exists()  # sudo: as above
        return Markup("<p class='text-muted'>%s</p>") % self.env._(
            "Among others: %s", ", ".join(moves.mapped("display_name"))
        )

    @staticmethod
    def _html_table(heads, rows):
        cell = Markup("<td>%s</td>")
        return Markup("<table class='table table-sm'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>") % (
            Markup("").join(Markup("<th>%s</th>") % head for head in heads),
            Markup("").join(
                Markup("<tr>%s</tr>") % Markup("").join(cell % ("" if value is None else value) for value in row)
                for row in rows
            ),
        )
