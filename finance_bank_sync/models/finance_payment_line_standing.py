"""Where a payment stands: a function of the facts about it, never stepped from state to state (decision 17)."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..payments import progress

#: states of a line, and of the order whose least finished payment has it
_ORDER = {
    progress.SENT: "sent",
    progress.RECEIVED: "sent",
    progress.PENDING: "sent",
    progress.ACCEPTED: "accepted",
    progress.EXECUTING: "accepted",
    progress.CONFIRMED: "accepted",
    progress.RECALLED: "accepted",
    progress.UNCLEAR: "accepted",
    progress.SETTLED: "settled",
    progress.RETURNED_STATE: "returned",
}
#: nothing leaves any more
FAILED = (progress.REJECTED, progress.CANCELLED)


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    def _add_facts(self, facts):
        """Note what was said or seen about this payment, and see where it stands then.

        :param facts: list of (:class:`..payments.progress.Fact`, dict with ``at`` and, where known, ``text``,
            ``message_id`` and ``statement_line_id``)
        :return: True when one of them is new
        """
        self.ensure_one()
        return bool(self._note_facts([(self, fact, values) for fact, values in facts]))

    @api.model
    def _note_facts(self, rows):
        """The same for many payments at once.

        :param rows: list of (line, fact, values)
        :return: the lines about which something is new
        """
        if not rows:
            return self.browse()
        lines = self.browse({line.id for line, _fact, _values in rows}).sudo()  # sudo: facts are written here alone
        self.env.flush_all()
        known = {line.id: line for line in lines}
        names = ("line_id", "company_id", "is_confidential", "kind", "code", "key", "amount", "reasons", "text", "at")
        names += ("message_id", "statement_line_id")
        now = self.env.cr.now().replace(microsecond=0)
        new = set()
        for start in range(0, len(rows), 1000):
            values = [
                (
                    line.id,
                    known[line.id].company_id.id,
                    known[line.id].is_confidential,
                    fact.kind,
                    fact.code or None,
                    fact.key or None,
                    fact.amount or None,
                    " ".join(fact.reasons) or None,
                    more.get("text") or None,
                    more.get("at") or now,
                    more.get("message_id") or None,
                    more.get("statement_line_id") or None,
                )
                for line, fact, more in rows[start : start + 1000]
            ]
            found = self.env.execute_query(
                SQL(
                    "INSERT INTO finance_payment_fact (%s) VALUES %s ON CONFLICT DO NOTHING RETURNING line_id",
                    SQL(", ").join(map(SQL.identifier, names)),
                    SQL(", ").join(SQL("%s", one) for one in values),
                )
            )
            new.update(line_id for (line_id,) in found)
        self.env["finance.payment.fact"].invalidate_model()
        lines.invalidate_recordset(["fact_ids"])
        changed = self.browse(sorted(new))
        changed._stand()
        return changed

    def _facts(self):
        """:return: dict line id -> list of facts"""
        found = defaultdict(list)
        # sudo: where a payment stands does not depend on who looks
        for fact in self.env["finance.payment.fact"].sudo().search([("line_id", "in", self.ids)]):
            found[fact.line_id.id].append(
                progress.Fact(
                    kind=fact.kind,
                    code=fact.code or "",
                    key=fact.key or "",
                    amount=Decimal(f"{fact.amount:.{fact.currency_id.decimal_places}f}"),
                    reasons=tuple((fact.reasons or "").split()),
                )
            )
        return found

    def _stand(self):
        """Write where the payments stand out of what is known about them; the orders follow."""
        facts = self._facts()
        lines = self.sudo()  # sudo: written here alone
        moved, told = defaultdict(list), defaultdict(list)
        for line in lines:
            if line.order_id.state in ("draft", "proposed", "approved") and not facts[line.id]:
                continue
            now = progress.standing(facts[line.id], line._decimal(line.amount))
            told[now.state, " ".join(now.reasons), " ".join(now.problems)].append(line.id)
            if now.state != line.state:
                moved[line.state, now.state].append(line.id)
        for (state, reasons, problems), ids in told.items():
            lines.browse(ids).write({"state": state, "reasons": reasons or False, "problems": problems or False})
        for (before, after), ids in moved.items():
            self.browse(ids)._stood(before, after)
        self.order_id._restate()

    def _stood(self, before, after):
        """These payments went from one state to another; EXTENDS by what follows in the ledger and for mandates."""


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _restate(self):
        """The state of an order that was sent, out of where its payments stand: that of the least finished one."""
        for order in self.sudo():  # sudo: written here alone
            lines = order.line_ids
            states = lines.mapped("state")
            is_known = any(state not in ("open", progress.SENT) for state in states)
            is_early = order.state in ("draft", "proposed", "approved", "cancelled")
            if is_early or "open" in states or (order.state != "sent" and not is_known):
                continue
            moving = [state for state in states if state not in FAILED]
            if not moving:
                state = "cancelled" if set(states) == {progress.CANCELLED} else "rejected"
            else:
                state = _ORDER[min(moving, key=progress.RANKS.__getitem__)]
            values = {"attention": order._what_needs_a_person(lines)}
            if state != order.state:
                # else it would be in this state since now
                values["state"] = state
            is_over = state in ("settled", "rejected", "returned", "cancelled")
            if is_over and not order.finished_at:
                values["finished_at"] = self.env.cr.now()
            order.write(values)

    def _what_needs_a_person(self, lines):
        """:return: why a person is needed, or False"""
        failed = lines.filtered(lambda line: line.state in (*FAILED, progress.RETURNED_STATE))
        doubtful = lines.filtered("problems")
        told = []
        if failed and len(failed) < len(lines):
            told.append(
                self.env._("%(count)s of %(all)s payments did not go through.", count=len(failed), all=len(lines))
            )
        elif failed:
            told.append(self.env._("No payment went through."))
        if doubtful:
            told.append(self.env._("%s payments need a decision.", len(doubtful)))
        return " ".join(told) or False
