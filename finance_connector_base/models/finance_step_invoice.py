from odoo import api, fields, models

from ..engine.errors import RejectedError
from ..engine.step import Finished


class FinanceStepCreditCheck(models.AbstractModel):
    """Says by how much an invoice exceeds the limit."""

    _name = "finance.step.credit.check"
    _inherit = "finance.step"
    _description = "Check the Credit of the Customer"

    _kinds = frozenset({"validate"})

    @api.model
    def _run(self, step):
        move = step._record()
        figures = self.env["finance.credit.exposure"]._live(move.company_id, move.commercial_partner_id)
        excess = move._credit_excess() if move.state == "draft" else 0.0
        currency = move.company_id.currency_id
        evidence = {name: figures[name] for name in ("exposure", "overdue", "credit_limit", "headroom")}
        if not excess:
            return Finished(outcome=self.env._("Fits the credit limit now"), evidence=evidence)
        return Finished(
            outcome=self.env._(
                "%(customer)s owes %(exposure)s of %(limit)s; with this invoice the limit is exceeded by %(excess)s",
                customer=move.commercial_partner_id.display_name,
                exposure=currency.format(figures["exposure"]),
                limit=currency.format(figures["credit_limit"]),
                excess=currency.format(excess),
            ),
            evidence={**evidence, "excess": excess},
        )


class FinanceStepInvoicePost(models.AbstractModel):
    """Confirms the invoice, exactly as it was decided upon."""

    _name = "finance.step.invoice.post"
    _inherit = "finance.step"
    _description = "Confirm the Invoice"

    _kinds = frozenset({"post"})
    _undoes = True

    @api.model
    def _run(self, step):
        move = step._record()
        if move.state == "posted":
            return Finished(outcome=self.env._("Was confirmed already as %s", move.name), evidence=_entry(move))
        if move.state != "draft":
            raise RejectedError(self.env._("The invoice was cancelled."), reason="process.record_gone")
        if move.invoice_date and move._get_violated_lock_dates(move.date, move._affect_tax_report()):
            raise RejectedError(
                self.env._("The period of %s is closed, and dates are never moved.", move.date),
                reason="process.period_closed",
            )
        intended = (move.date if move.invoice_date else None, move.amount_total, move.currency_id)
        posted = move._post(soft=False)
        if move not in posted:
            return self._held_again(step, move)
        if (move.date if intended[0] else None, move.amount_total, move.currency_id) != intended:
            raise RejectedError(
                self.env._("Confirming would have changed the date or the amount."), reason="process.facts_changed"
            )
        return Finished(outcome=self.env._("Confirmed as %s", move.name), evidence=_entry(move))

    @api.model
    def _held_again(self, step, move):
        others = self.env["finance.process.run"]._open_for(move) - step.run_id
        if others:
            return Finished(
                outcome=self.env._("Released; goes on with: %s", others[0].process_id.name),
                evidence={"handed_on": others[0].id},
            )
        raise RejectedError(
            self.env._(
                "It was changed, or owes more than was decided upon. Cancel this and confirm the invoice again."
            ),
            reason="process.facts_changed",
        )

    @api.model
    def _compensate(self, step):
        move = step._record()
        if move.state != "posted" or (step.evidence or {}).get("handed_on"):
            return Finished(outcome=self.env._("Nothing to take back"))
        if move.payment_state not in ("not_paid", "blocked") or move.inalterable_hash:
            raise RejectedError(
                self.env._("The invoice is paid or sealed. Make a credit note, then go on without this step."),
                reason="process.cannot_undo",
            )
        move.button_draft()
        return Finished(outcome=self.env._("Reset to draft"))


class FinanceStepCreditConfirm(models.AbstractModel):
    """Sees that the invoice is on the books and in the exposure, and says so on the invoice."""

    _name = "finance.step.credit.confirm"
    _inherit = "finance.step"
    _description = "Confirm the Release"

    _kinds = frozenset({"confirm"})

    @api.model
    def _run(self, step):
        move, run = step._record(), step.run_id
        if move.state != "posted":
            if any((other.evidence or {}).get("handed_on") for other in run.step_ids):
                return Finished(outcome=self.env._("Goes on in another process"))
            raise RejectedError(self.env._("The invoice is not on the books."), reason="process.facts_changed")
        exposures = self.env["finance.credit.exposure"]
        exposures._refresh([(move.company_id.id, move.commercial_partner_id.id)])
        row = exposures.search(
            [("company_id", "=", move.company_id.id), ("partner_id", "=", move.commercial_partner_id.id)]
        )
        who = ", ".join(run.step_ids.approval_ids.filtered(lambda a: not a.is_void).user_id.mapped("name"))
        if who:
            move.message_post(body=self.env._("%(process)s: released by %(who)s", process=run.process_id.name, who=who))
        return Finished(
            outcome=self.env._(
                "The customer now owes %(exposure)s of %(limit)s",
                exposure=row.currency_id.format(row.exposure),
                limit=row.currency_id.format(row.credit_limit),
            ),
            evidence={"exposure": row.exposure, "credit_limit": row.credit_limit},
        )


class FinanceProcessStep(models.Model):
    _inherit = "finance.process.step"

    work = fields.Selection(
        selection_add=[
            ("finance.step.credit.check", "Check the credit of the customer"),
            ("finance.step.invoice.post", "Confirm the invoice"),
            ("finance.step.credit.confirm", "Confirm the release"),
        ],
        ondelete={
            "finance.step.credit.check": "cascade",
            "finance.step.invoice.post": "cascade",
            "finance.step.credit.confirm": "cascade",
        },
    )


def _entry(move):
    return {"entry": move.name, "date": str(move.date), "amount": move.amount_total_signed}
