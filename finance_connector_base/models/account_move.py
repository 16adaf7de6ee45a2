import hashlib

from odoo import api, fields, models

from ..engine import process as engine
from ..engine.notice import notice
from ..engine.step import facts_hash

#: documents by which a customer comes to owe more
CREDIT_TYPES = ("out_invoice", "out_receipt")


class AccountMove(models.Model):
    """A customer invoice stays a draft until the processes that stop it let it pass."""

    _inherit = "account.move"

    finance_run_id = fields.Many2one("finance.process.run", compute="_compute_finance_run", string="Held by")
    finance_run_count = fields.Integer(compute="_compute_finance_run", string="Processes")
    finance_hold_text = fields.Char(compute="_compute_finance_run", string="Why it is held")
    finance_over_limit = fields.Boolean(
        compute="_compute_finance_over_limit", string="Exceeds the credit limit", compute_sudo=True
    )

    @api.depends("state")
    def _compute_finance_run(self):
        # sudo: whoever sees the invoice sees that and why it is held
        runs = self.env["finance.process.run"].sudo()
        found = runs.search([("res_model", "=", "account.move"), ("res_id", "in", self.ids)], order="id")
        by_move = found.grouped("res_id")
        for move in self:
            mine = by_move.get(move._origin.id, runs)
            current = mine.filtered("is_open")[-1:]
            move.finance_run_count = len(mine)
            move.finance_run_id = current if move.state == "draft" else False
            move.finance_hold_text = current._hold_text() if current and move.state == "draft" else False

    @api.depends("state", "amount_total_signed", "partner_id")
    def _compute_finance_over_limit(self):
        for move in self:
            move.finance_over_limit = bool(
                move.state == "draft" and move.move_type in CREDIT_TYPES and move._credit_excess() > 0
            )

    # -- how much ----------------------------------------------------------------------------

    def _credit_excess(self, *, besides=0.0):
        """:return: by how much this draft would exceed the limit of its customer; 0 when it does not

        :param besides: what is confirmed for the same customer in the same breath
        """
        self.ensure_one()
        if not self.company_id.account_use_credit_limit or self.amount_total_signed <= 0:
            return 0.0
        figures = self.env["finance.credit.exposure"]._live(self.company_id, self.commercial_partner_id)
        if not figures["credit_limit"]:
            return 0.0
        excess = figures["exposure"] + besides + self.amount_total_signed - figures["credit_limit"]
        return self.company_id.currency_id.round(max(excess, 0.0))

    # -- confirming --------------------------------------------------------------------------

    def _post(self, soft=True):
        """EXTENDS account: what a process stops stays a draft and starts the process."""
        held = self._finance_stopped(soft)
        stopped = self.browse([move.id for move in held])
        posted = super(AccountMove, self - stopped)._post(soft=soft)
        for move, process in held.items():
            self.env["finance.process.run"]._start(process, move)
        posted._finance_passed(self.env._("Not needed any more: it was confirmed."))
        return posted

    def action_post(self):
        """EXTENDS account: say that an invoice was held, else the button would seem to do nothing."""
        result = super().action_post()
        held = self.filtered(lambda move: move.state == "draft" and move.finance_run_id)
        if not held or result:
            return result
        return notice(
            held[0].finance_hold_text
            if len(held) == 1
            else self.env._("%s invoices are held until they are released.", len(held)),
            "warning",
            title=self.env._("Held"),
        )

    def _finance_stopped(self, soft):
        """:return: dict move -> the process that stops it"""
        # sudo: which processes there are is not shown to whoever confirms an invoice
        processes = self.env["finance.process"].sudo()
        if not processes.search_count([("trigger", "!=", "manual")], limit=1):
            return {}
        today = fields.Date.context_today(self)
        stopped, besides = {}, {}
        for move in self.sorted("id"):
            if move.move_type not in CREDIT_TYPES or move.state != "draft" or (soft and move.date > today):
                continue
            released = self.env["finance.process.run"]._released(move)
            waiting = processes._triggered("invoice_posting", move) - released
            if not waiting and move.company_id.finance_credit_hold:
                key = (move.company_id, move.commercial_partner_id)
                over = processes._triggered("invoice_over_limit", move) - released
                if over and move._exceeds_limit(besides.get(key, 0.0)):
                    waiting = over
                else:
                    besides[key] = besides.get(key, 0.0) + move.amount_total_signed
            if waiting:
                stopped[move] = waiting[0]
        return stopped

    def _exceeds_limit(self, besides):
        # sudo: the limit is enforced whoever confirms
        move = self.sudo()
        if (
            not move.company_id.account_use_credit_limit
            or not move.commercial_partner_id.with_company(move.company_id).credit_limit
        ):
            return False
        self.env["finance.credit.exposure"]._guard(move.company_id, move.commercial_partner_id)
        return move._credit_excess(besides=besides) > 0

    def _finance_passed(self, reason):
        """Nothing is left to release: end what is under way for these records."""
        # sudo: a matter of the system, whoever confirmed or deleted the record
        runs = self.env["finance.process.run"].sudo()
        for run in runs._open_for(self) if self else runs:
            if run.state in (engine.WAITING, engine.FAILED) or (
                run.state == engine.RUNNING and run.current_step_id.kind != "post" and not run._is_past_posting()
            ):
                run._lock()
                run._cancel(reason)

    def button_cancel(self):
        """EXTENDS account: a cancelled invoice needs no release."""
        result = super().button_cancel()
        self._finance_passed(self.env._("The invoice was cancelled."))
        return result

    def unlink(self):
        if self:  # with each change of a journal item, core deletes what there mostly is not
            self._finance_passed(self.env._("The invoice was deleted."))
        return super().unlink()

    # -- what processes ask ------------------------------------------------------------------

    def _process_facts(self):
        self.ensure_one()
        move = self
        lines = [
            f"{line.name or ''}|{line.quantity}|{line.price_unit}|{line.price_total}" for line in move.invoice_line_ids
        ]
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
        limit = move.commercial_partner_id.with_company(move.company_id).credit_limit
        return {
            "customer": move.commercial_partner_id.display_name,
            "customer_number": str(move.commercial_partner_id.id),
            "amount": f"{move.amount_total:.2f} {move.currency_id.name}",
            "amount_in_company_currency": f"{move.amount_total_signed:.2f} {move.company_currency_id.name}",
            "invoice_date": str(move.invoice_date or ""),
            "due_date": str(move.invoice_date_due or "") if move.invoice_date else "",
            "payment_terms": move.invoice_payment_term_id.display_name or "",
            "reference": move.ref or "",
            "lines": f"{len(lines)} ({digest})",
            "credit_limit": f"{limit:.2f} {move.company_currency_id.name}" if limit else "",
            "company": move.company_id.display_name,
        }

    def _process_amount(self):
        self.ensure_one()
        return self.amount_total_signed

    def _process_makers(self):
        """Who wrote the invoice, and who changed it last."""
        self.ensure_one()
        return (self.create_uid | self.write_uid).filtered(lambda user: not user._is_superuser())

    def _process_closed(self, run):
        self.ensure_one()
        if run.state == engine.UNDONE and self.state == "draft":
            self.message_post(
                body=self.env._("%(process)s: %(why)s", process=run.process_id.name, why=run.end_reason or "")
            )

    def action_view_finance_runs(self):
        """Show the processes of the invoice; the one that holds it first."""
        self.check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Processes"),
            "res_model": "finance.process.run",
            "view_mode": "list,form",
            "domain": [("res_model", "=", "account.move"), ("res_id", "in", self.ids)],
        }
        if len(self) == 1 and self.finance_run_id:
            action.update(view_mode="form", views=[(False, "form")], res_id=self.finance_run_id.id)
        return action


class FinanceProcessRun(models.Model):
    _inherit = "finance.process.run"

    @api.model
    def _released(self, record):
        """:return: the processes that let this record pass as it is now"""
        # sudo: a matter of the system, whoever confirms
        runs = self.sudo().search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("state", "in", (engine.RUNNING, engine.DONE)),
            ]
        )
        return runs.filtered(lambda run: run._lets_pass(record)).process_id

    def _lets_pass(self, record):
        """What was decided was decided about exactly these facts, and its time is now."""
        self.ensure_one()
        posting = self.step_ids.filtered(lambda step: step.kind == "post")[:1]
        if self.state == engine.DONE and not (posting.evidence or {}).get("handed_on"):
            return False
        earlier = self.step_ids.filtered(lambda step: step.sequence < posting.sequence)
        if not posting or earlier.filtered(lambda step: step.state not in (engine.DONE, engine.SKIPPED)):
            return False
        decided = earlier.filtered(lambda step: step.kind == "approve" and step.state == engine.DONE)
        # sudo: the limit of the customer is one of the facts
        digest = facts_hash(record.sudo()._process_facts())
        # public: the digest is shown in the evidence, it proves nothing to whoever knows it
        return bool(decided) and all((step.evidence or {}).get("facts_hash") == digest for step in decided)

    def _is_past_posting(self):
        posting = self.step_ids.filtered(lambda step: step.kind == "post")[:1]
        return posting.state in (engine.DONE, engine.SKIPPED)

    def _hold_text(self):
        """:return: why a record is held and who may release it, in one sentence"""
        self.ensure_one()
        why = self.step_ids.filtered(lambda step: step.kind == "validate" and step.outcome)[-1:].outcome
        return " ".join(
            filter(None, [self.env._("%s:", self.process_id.name), f"{why}." if why else "", self._hold_whom()])
        )

    def _hold_whom(self):
        step = self.current_step_id
        if self.state == engine.WAITING:
            return self.env._("Waiting for %s.", step.waiting_for or self.waiting_for)
        if self.state in (engine.FAILED, engine.UNDO_FAILED):
            return f"{self.headline}: {self.problem}"
        return self.env._("%s.", self.headline)
