"""What became of single payments of an order that the bank has: said by two different people, with evidence."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import APPROVER, RELEASER
from ..payments import progress
from .finance_payment_silence import AT_BANK

#: bytes of evidence
MOST = 20 << 20


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    may_decide = fields.Boolean(compute="_compute_may_decide")
    decision_waits = fields.Char(compute="_compute_decision_waits", string="Waits for a second person")
    problems_text = fields.Char(compute="_compute_problems_text", string="What a person has to decide")

    @api.depends("state", "silent_since", "order_id.state")
    def _compute_may_decide(self):
        for line in self:
            is_asked = line.silent_since or line.state == progress.UNCLEAR
            line.may_decide = bool(is_asked) and line.order_id.state in AT_BANK

    @api.depends("word_ids", "fact_ids")
    def _compute_decision_waits(self):
        first = self._first_words()
        labels = dict(self.env["finance.payment.word"]._fields["decision"]._description_selection(self.env))
        for line in self:
            word = first.get(line.id)
            line.decision_waits = (
                self.env._(
                    "%(name)s says: %(decision)s. A second person confirms it, or says otherwise.",
                    name=word.user_id.sudo().name,  # sudo: the name of a colleague
                    decision=labels[word.decision],
                )
                if word
                else False
            )

    @api.depends("problems")
    def _compute_problems_text(self):
        words = {
            progress.REJECTED_BUT_EXECUTED: self.env._("It was rejected or cancelled, and executed."),
            progress.DECIDED_OTHERWISE: self.env._("The bank says otherwise than two people did."),
            progress.BOOKED_TWICE: self.env._("It was booked twice."),
            progress.AMOUNT_DIFFERS: self.env._("Another amount was booked than ordered."),
            progress.RETURN_ALONE: self.env._("It came back, and was never booked."),
            progress.RETURNED_TOO_MUCH: self.env._("More came back than was booked."),
            progress.UNKNOWN_STATUS: self.env._("The bank tells a status that nobody knows."),
        }
        for line in self:
            line.problems_text = " ".join(words.get(code, code) for code in (line.problems or "").split()) or False

    def _decision_numbers(self):
        """:return: dict line id -> number of its next decision"""
        # sudo: how many there were, whoever looks
        found = (
            self.env["finance.payment.fact"]
            .sudo()
            ._read_group([("line_id", "in", self.ids), ("kind", "=", progress.DECIDED)], ["line_id"], ["key:array_agg"])
        )
        last = {line.id: max(int(key.split()[0]) for key in keys) for line, keys in found}
        return {line_id: last.get(line_id, 0) + 1 for line_id in self.ids}

    def _first_words(self):
        """:return: dict line id -> what one person has said about it, waiting for a second one"""
        numbers = self._decision_numbers()
        # sudo: who said it, not what they may do
        words = self.env["finance.payment.word"].sudo().search([("line_id", "in", self.ids)])
        return {word.line_id.id: word for word in words if word.number == numbers[word.line_id.id]}

    def _note_decision(self, decision, numbers=None):
        """Two people said what became of these payments; what the bank had said until now they knew.

        :param numbers: dict line id -> which decision about it this is
        """
        numbers = numbers or self._decision_numbers()
        # sudo: what the bank said, whoever decides; the tables are read by those who do
        statuses = defaultdict(set)
        for line, codes in (
            self.env["finance.payment.fact"]
            .sudo()
            ._read_group([("line_id", "in", self.ids), ("kind", "=", progress.STATUS)], ["line_id"], ["code:array_agg"])
        ):
            statuses[line.id].update(codes)
        text = {
            progress.EXECUTED: self.env._("Two people: it was executed"),
            progress.NOT_EXECUTED: self.env._("Two people: it was not executed"),
        }[decision]
        self._note_facts(
            [
                (line, progress.of_decision(decision, numbers[line.id], statuses[line.id]), {"text": text})
                for line in self
            ]
        )

    def action_decide(self):
        """Open the dialog in which a person says what became of these payments of one order."""
        order = self.order_id
        if len(order) != 1:
            raise UserError(self.env._("Choose payments of one order."))
        order._check_may_say(self)
        return order._word_dialog(self)


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    may_say = fields.Boolean(compute="_compute_may_say")

    @api.depends_context("uid")
    @api.depends("state", "line_ids.silent_since", "line_ids.state")
    def _compute_may_say(self):
        decides = any(self.env.user.has_group(group) for group in (APPROVER, RELEASER))
        for order in self:
            order.may_say = decides and bool(order._silent(1))

    def action_decide_payments(self):
        """Open the dialog in which a person says what became of the payments that the bank is silent about."""
        self.ensure_one()
        lines = self._silent()
        self._check_may_say(lines)
        return self._word_dialog(lines)

    def _word_dialog(self, lines):
        return {
            **self._dialog("finance.payment.word.wizard", self.env._("What became of them?")),
            "context": {"default_order_id": self.id, "default_line_ids": lines.ids},
        }

    def _check_may_say(self, lines):
        """:raise UserError: nothing is to be said about one of the payments
        :raise AccessError: not by this person
        """
        self.ensure_one()
        group = next((one for one in (APPROVER, RELEASER) if self.env.user.has_group(one)), None)
        if group is None:
            raise AccessError(self.env._("Payment approvers and releasers decide this."))
        self._check_decider(group)
        if not lines or lines.order_id != self:
            raise UserError(self.env._("Choose payments of this order."))
        wrong = len(lines.filtered(lambda line: not line.may_decide))
        if wrong:
            raise UserError(
                self.env._(
                    "About %s of the payments there is nothing to decide: it is known what became of them, or it is "
                    "too early and the bank may only be slow.",
                    wrong,
                )
            )

    @step_up
    def _say_verified(self, lines, decision, reason, evidence=None):
        return self._say(lines, decision, reason, evidence)

    def _say(self, lines, decision, reason, evidence=None):
        """One person says what became of payments; about which a second one says the same, that is decided.

        :param lines: of this order
        :param decision: ``executed`` or ``not_executed``
        :param reason: how they know
        :param evidence: (name, bytes) of what shows it, or nothing
        :return: the payments that are decided by now
        """
        self._lock_state(*AT_BANK)
        # somebody may have been faster
        lines.invalidate_recordset()
        self._check_may_say(lines)
        if decision not in (progress.EXECUTED, progress.NOT_EXECUTED):
            raise UserError(self.env._("Say whether they were executed."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say how you know: who at the bank said so, or where you saw it."))
        first = lines._first_words()
        mine = self.env.user._payment_persons()
        if any(mine & user._payment_persons() for user in {word.user_id for word in first.values()}):
            raise AccessError(self.env._("You have said what you know. Another person has to say it as well."))
        numbers = lines._decision_numbers()
        self._note_words(lines, numbers, decision, reason, evidence)
        # the newer word stands and waits for a second one
        agreed = lines.filtered(lambda line: line.id in first and first[line.id].decision == decision)
        self._audit(f"payment.said_{decision}", f"{reason} ({len(agreed)}/{len(lines)})")
        agreed._note_decision(decision, numbers)
        return agreed

    def _note_words(self, lines, numbers, decision, reason, evidence):
        payload = self.env["finance.payload"]
        if evidence:
            name, content = evidence
            payload = payload._store(content, company=self.company_id, name=name, max_bytes=MOST)
        user = self.env.user
        row = {
            "order_id": self.id,
            "company_id": self.company_id.id,
            "is_confidential": self.is_confidential,
            "decision": decision,
            "user_id": user.id,
            "partner_id": user.partner_id.id,
            "at": self.env.cr.now(),
            "reason": reason,
            "evidence_id": payload.id,
            "evidence_sha256": payload.sha256,
        }
        # sudo: rows are made here alone
        words = self.env["finance.payment.word"].sudo()
        words.create([{**row, "line_id": line.id, "number": numbers[line.id]} for line in lines])
