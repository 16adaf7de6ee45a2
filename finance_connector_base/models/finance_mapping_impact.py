from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import ranking, states

#: messages read at once, batches at most, messages whose documents are looked at
BATCH, BATCHES, DETAILS = 1000, 50, 200


class FinanceHandler(models.AbstractModel):
    """What a changed mapping would mean for the documents of a message."""

    _inherit = "finance.handler"

    @api.model
    def _impact(self, message, changes):
        """Tell which documents of a worked message a change of mappings touches; EXTENDS by handlers.

        :param message: one ``finance.message``
        :param changes: list of (model, id now, id then)
        :return: list of dicts: ``document`` (its name), ``amount``, ``currency``
        """
        touched = []
        fields_of = {"account.account": "account_id", "res.partner": "partner_id", "account.tax": "tax_line_id"}
        for link in message.document_ids:
            if link.res_model != "account.move":
                continue
            move = self.env["account.move"].browse(link.res_id).exists()
            for model, now, _then in changes:
                name = fields_of.get(model)
                lines = move.line_ids.filtered(lambda line, name=name, now=now: name and line[name].id == now)
                if lines:
                    touched.append(
                        {
                            "document": move.display_name,
                            "amount": sum(lines.mapped("debit")) or sum(lines.mapped("credit")),
                            "currency": move.company_currency_id.name,
                        }
                    )
        return touched


class FinanceMapping(models.Model):
    """Before a mapping is approved: which messages used or wait for its codes, and what it would change."""

    _inherit = "finance.mapping"
    _governed_protected = {"impact": False, "impact_at": False}
    _governed_notes = frozenset({"impact_days"})

    impact = fields.Html(readonly=True, copy=False, sanitize=False)
    impact_at = fields.Datetime(string="Impact as of", readonly=True, copy=False)
    impact_days = fields.Integer(string="Look back (days)", default=90, aggregator=None, copy=False)

    def action_preview_impact(self):
        """Look at the messages of the last days and keep what was found with the proposal."""
        self._check_governor()
        for mapping in self:
            if mapping.state not in ("draft", "proposed"):
                raise UserError(self.env._("Only a draft or proposal has an impact to come."))
            if not mapping.res_id:
                raise UserError(self.env._("Choose the Odoo record first."))
            found = mapping._find_impact()
            # sudo: evidence is not edited, only found
            mapping.sudo().write({"impact": mapping._impact_table(found), "impact_at": self.env.cr.now()})
        return True

    def _find_impact(self):
        """:return: dict of ``used`` and ``waiting`` (messages by flow), ``documents``, ``complete``"""
        self.ensure_one()
        rule = self._rule()
        found = {"used": {}, "waiting": {}, "documents": [], "complete": True}
        changed = {}
        last = None
        for _number in range(BATCHES):
            uses = self._read_uses(last)
            if not uses:
                break
            last = uses[-1][0]
            for message_id, code, mapping_id in uses:
                now = self.sudo().browse(mapping_id).exists()  # sudo: what the messages really used
                if now and ranking.names(rule, code) and self._would_win(rule, now) and now.res_id != self.res_id:
                    changed.setdefault(message_id, []).append((self.res_model, now.res_id, self.res_id))
        else:
            found["complete"] = False
        messages = self.env["finance.message"].browse(changed)
        for message in messages:
            found["used"][message.flow_id.name] = found["used"].get(message.flow_id.name, 0) + 1
        for message in messages[:DETAILS]:
            # sudo: the steward approves what it does to the ledger without being an accountant
            handler = self.env.get(message.sudo().flow_id.handler)
            if handler is not None:
                found["documents"] += handler.sudo()._impact(message.sudo(), changed[message.id])
        for message in self._waiting_for(rule):
            found["waiting"][message.flow_id.name] = found["waiting"].get(message.flow_id.name, 0) + 1
        return found

    def _would_win(self, rule, now):
        if now == self.replaces_id:
            return True
        used = now._rule()
        return used is not None and ranking.rank(rule) < ranking.rank(used)

    def _read_uses(self, before):
        """:return: (message, code, mapping) of one batch, the newest first, of companies the steward sees"""
        prefix = f"{self.domain_id.code}:"
        connection = SQL("m.connection_id = %s", self.connection_id.id) if self.connection_id else SQL("TRUE")
        companies = self.company_id.ids or self.env.companies.ids
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.id, k.key
                  FROM (SELECT id, mapping_versions FROM finance_message m
                         WHERE mapping_versions IS NOT NULL AND jsonb_typeof(mapping_versions) = 'object'
                           AND m.company_id = ANY(%s) AND %s AND m.create_date >= %s AND m.id < %s
                         ORDER BY m.id DESC LIMIT %s) m
                 CROSS JOIN LATERAL jsonb_object_keys(m.mapping_versions) AS k(key)
                 ORDER BY m.id DESC
                """,
                companies,
                connection,
                self.env.cr.now() - timedelta(days=self.impact_days or 90),
                before or 2**31 - 1,
                BATCH,
            )
        )
        uses = []
        for message_id, key in rows:
            name, _hash, mapping_id = key.rpartition("#")
            kind = name.startswith(prefix)
            uses.append((message_id, name.removeprefix(prefix) if kind else "", int(mapping_id) if kind else 0))
        return uses

    def _waiting_for(self, rule):
        messages = self.env["finance.message"]
        connections = self.connection_id or self.env["finance.connection"].search(
            [("company_id", "in", self.company_id.ids or self.env.companies.ids)]
        )
        for connection in connections:
            prefix = self._waiting_key(connection, self.domain_id.code, "")
            held = messages.search(
                [("connection_id", "=", connection.id), ("state", "=", states.HELD), ("waiting_key", "!=", False)]
            )
            messages |= held.filtered(
                lambda m, prefix=prefix: (
                    m.waiting_key.startswith(prefix) and ranking.names(rule, m.waiting_key.removeprefix(prefix))
                )
            )
        return messages

    def _impact_table(self, found):
        row = Markup("<tr><td>%s</td><td>%s</td><td class='text-end'>%s</td></tr>")
        rows = [row % (self.env._("Translated otherwise"), flow, count) for flow, count in found["used"].items()]
        rows += [row % (self.env._("Resumes"), flow, count) for flow, count in found["waiting"].items()]
        totals = {}
        for document in found["documents"]:
            totals[document["currency"]] = totals.get(document["currency"], 0) + document["amount"]
        rows += [
            row % (self.env._("Document"), document["document"], f"{document['amount']:.2f} {document['currency']}")
            for document in found["documents"][:50]
        ]
        rows += [
            row % (self.env._("Sum"), self.env._("%s documents", len(found["documents"])), f"{amount:.2f} {currency}")
            for currency, amount in totals.items()
        ]
        if not rows:
            return Markup("<p>%s</p>") % self.env._("No message of these days would be translated otherwise.")
        note = "" if found["complete"] else self.env._("Only the latest messages were looked at.")
        return Markup("<table class='table table-sm'><tbody>%s</tbody></table><p>%s</p>") % (
            Markup("").join(rows),
            note,
        )
