"""A request to the bank to cancel what was sent: camt.055 by the way of the order, or its interface."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import RELEASER
from ..formats.model import Money
from ..payments import cancellation, progress
from ..payments.model import Agent

#: reasons that banks take from their customers (ISO external code list)
REASONS = [
    ("DUPL", "It is a duplicate (DUPL)"),
    ("FRAD", "Suspected fraud (FRAD)"),
    ("TECH", "A technical mistake (TECH)"),
    ("CUST", "We ask for it (CUST)"),
    ("AC03", "Wrong account of the payee (AC03)"),
    ("AM09", "Wrong amount (AM09)"),
]
#: states in which the bank may have it
_THERE = ("sent", "accepted", "unknown", "settled")
#: payments that are over
_OVER = ("rejected", "cancelled", "returned")


class FinancePaymentApproval(models.Model):
    _inherit = "finance.payment.approval"

    decision = fields.Selection(selection_add=[("recall", "Asked to cancel")], ondelete={"recall": "cascade"})


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    _payment_protected = frozenset(("recalled_at", "recall_message_id"))

    recalled_at = fields.Datetime(string="Asked to cancel", readonly=True, copy=False)
    recall_message_id = fields.Many2one(
        "finance.message",
        string="Request to cancel",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )

    def action_recall(self):
        """Open the dialog that asks the bank to cancel the order."""
        self.ensure_one()
        self._check_recall()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask the bank to cancel"),
            "res_model": "finance.payment.recall.wizard",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def _check_recall(self):
        self._check_decider(RELEASER)
        if self.state not in _THERE:
            raise UserError(self.env._("%s is not at the bank: there is nothing to recall.", self.display_name))
        if not self.sudo().flow_id:  # sudo: whether there is one
            raise UserError(self.env._("It was handed to the bank by a person: call the bank."))

    @step_up
    def _recall_verified(self, code, text):
        return self._recall(code, text)

    def _recall(self, code, text):
        """Ask the bank to cancel every payment of it that is not over.

        :param code: one of :data:`REASONS`
        :param text: why, for the bank and for the record
        """
        self._lock_state(*_THERE)
        self._check_recall()
        if code not in dict(REASONS):
            raise UserError(self.env._("Choose the reason."))
        order = self.sudo()  # sudo: written by steps alone
        message = self.env[order.flow_id.handler]._payment_recall(order, code, text)
        self._decided("recall", f"{code} {text or ''}".strip())
        order.write({"recalled_at": self.env.cr.now(), "recall_message_id": message.id})
        self._audit("payment.recalled", text)

    def _recall_answered(self, answer):
        """An interface has said what it does about the request.

        :param answer: ``refused`` or ``pending``
        """
        self.ensure_one()
        told = {
            "refused": self.env._("The bank does not cancel it any more: it was executed, or is about to be."),
            "pending": self.env._("The bank decides later whether it is cancelled."),
        }[answer]
        self.sudo().attention = told  # sudo: written by steps alone

    def _what_needs_a_person(self, lines):
        # EXTENDS: what the bank does not cancel by a file (camt.029)
        told = super()._what_needs_a_person(lines)
        if not self.recalled_at:
            return told
        # sudo: what the bank said does not depend on who looks
        said = (
            self.env["finance.payment.fact"]
            .sudo()
            ._read_group(
                [("line_id", "in", lines.ids), ("kind", "=", progress.STATUS)], ["line_id"], ["code:array_agg"]
            )
        )
        refused = [line for line, codes in said if progress.RECALL_REFUSED in codes and line.state not in _OVER]
        if not refused:
            return told
        return " ".join(
            filter(None, [told, self.env._("The bank does not cancel %s payments any more.", len(refused))])
        )

    def _recall_file(self, code, text):
        """:return: the request to cancel as a file (camt.055)"""
        self.ensure_one()
        groups = self._group_ids()
        content = self._content().batch
        agent = content.groups[0].agent or Agent(name=self.journal_id.bank_id.name or self.journal_id.name)
        number = len(self.approval_ids.filtered(lambda row: row.decision == "recall")) + 1
        request_id = f"{self.message_id_for_bank}-R{number}"
        payments = [
            cancellation.Recalled(
                id=f"{request_id}-{line.id}",
                group_id=groups[line.id],
                end_to_end_id=line.end_to_end_id,
                uetr=line.uetr or None,
                amount=Money(amount=line._decimal(line.amount), currency=line.currency_id.name),
                requested_on=line.date or self.requested_date,
                reason=code,
                text=(text or "")[:105] or None,
            )
            for line in self.line_ids
            if line.state not in _OVER
        ]
        if not payments:
            raise UserError(self.env._("Every payment of it is over: there is nothing to recall."))
        return request_id, cancellation.render(
            cancellation.Request(
                id=request_id,
                created_at=content.created_at,
                asks=content.initiator,
                bank=agent,
                original_message_id=self.message_id_for_bank,
                original_format=self._version(),
                payments=payments,
            )
        )


class FinanceHandlerPayment(models.AbstractModel):
    _inherit = "finance.handler._payment"

    @api.model
    def _payment_recall(self, order, code, text):
        """Queue a request to cancel; :return: its message. As a file, in the way in which the order went."""
        name, content = order._recall_file(code, text)
        payload = self.env["finance.payload"]._store(
            content, company=order.company_id, name=f"{name}.xml", content_type="application/xml"
        )
        flow = order.flow_id.connection_id._payment_flow("finance.handler.payment.recall")
        # sudo: messages are written by the queue alone
        return (
            self.env["finance.message"]
            .sudo()
            ._enqueue(
                flow,
                [
                    Envelope(
                        subject=name,
                        payload_id=payload.id,
                        data={"file_name": f"{name}.xml"},
                        dedupe_key=f"recall:{name}",
                        business_key=order.message_id_for_bank,
                        correlation_id=order.correlation_id,
                        res_model=order._name,
                        res_id=order.id,
                    )
                ],
            )
        )


class FinanceHandlerPaymentRecall(models.AbstractModel):
    """Delivers requests to cancel. Said twice such a request does no harm, so it is tried again until it is there."""

    _name = "finance.handler.payment.recall"
    _inherit = "finance.handler.file.out"
    _description = "Requests to Cancel Payments"

    @api.model
    def _is_drivable(self, direction):
        # OVERRIDE
        return False


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.payment.recall", "Deliver requests to cancel payments")],
        ondelete={"finance.handler.payment.recall": "cascade"},
    )
