from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.engine.outcome import Done, Ignored

from ..payments import canonical, verdicts


class FinanceHandlerPaymentCheck(models.AbstractModel):
    """Asks a screening or a verification about an order. No answer is a review, and never a pass (S-29)."""

    _name = "finance.handler.payment.check"
    _inherit = "finance.handler"
    _description = "Screening and Payee Verification"

    _calls_out = True
    _held_blocks = False

    @api.model
    def _is_drivable(self, direction):
        # OVERRIDE
        return False

    @api.model
    def _asked(self, message):
        """:return: (order, check, digest of what is asked about)"""
        # sudo: the engine, in the company of the message
        data = message.sudo().data or {}
        order = self.env["finance.payment.order"].sudo().browse(message.res_id).exists()
        check = self.env["finance.payment.check"].sudo().browse(data.get("check_id")).exists()  # sudo: as above
        return order, check, data.get("digest")

    @api.model
    def _call(self, message):
        order, check, digest = self._asked(message)
        # public: a fingerprint of content, no secret
        if not order or not check or order.digest != digest:
            return None
        batch = order._batch()
        if canonical.batch_digest(batch) != digest:  # public: as above
            return None
        question = verdicts.question(check.kind, digest, batch)
        try:
            with message.connection_id._http() as client:
                # asked twice it says the same: the key is the content
                answer = client.post("verdicts", json=question, idempotency_key=f"{check.id}-{digest}", may_repeat=True)
        except FinanceError as error:
            return verdicts.Opinion(verdict=verdicts.REVIEW, detail=error.detail), b""
        ids = [one["id"] for one in question["payments"]]
        return verdicts.answer(answer.body, digest=digest, ids=ids), answer.body

    @api.model
    def _settle(self, message, answer):
        order, check, digest = self._asked(message)
        if answer is None:
            return Ignored(
                reason="payment_gone", detail=self.env._("The order says something else by now, or is gone.")
            )
        opinion, body = answer
        evidence = None
        if body:
            evidence = self.env["finance.payload"]._store(
                body, company=order.company_id, name=f"{order.name}-{check.kind}", content_type="application/json"
            )
        order._note_verdict(
            check,
            opinion.verdict,
            digest=digest,
            reference=opinion.reference or False,
            detail=opinion.detail or False,
            evidence_id=evidence.id if evidence else False,
            evidence_sha256=evidence.sha256 if evidence else False,
            message_id=message.id,
        )
        return Done(
            result={"verdict": opinion.verdict, "reference": opinion.reference}, documents=((order._name, order.id),)
        )


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.payment.check", "Ask a screening or verification about payments")],
        ondelete={"finance.handler.payment.check": "cascade"},
    )


class FinancePaymentAdapterScreening(models.AbstractModel):
    """A service that screens payments or verifies payees: one question, one answer (docs/payments.md)."""

    _name = "finance.payment.adapter.screening"
    _inherit = "finance.adapter"
    _description = "Screening Service"

    _supports = frozenset({"check"})
    _uses_http = True

    @api.model
    def _check(self, connection):
        with connection._http() as client:
            # it answers questions and nothing else: that it says so is enough
            client.get("verdicts", expect=(404, 405))
        return self.env._("The service answers.")


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.payment.adapter.screening", "Screening of payments (JSON)")],
        ondelete={"finance.payment.adapter.screening": "cascade"},
    )
