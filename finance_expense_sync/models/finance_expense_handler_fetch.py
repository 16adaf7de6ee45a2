from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.outcome import Done, Held

from ..const import REPORT
from ..platforms.contract import Handed


class FinanceExpenseHandlerFetch(models.AbstractModel):
    """Asks a platform for reports, page by page.

    What comes is stored before anything else is done with it, and the position moves with the same commit. What has
    to be claimed is claimed by a message of its own once it is stored, and goes on when the platform has agreed.
    """

    _name = "finance.expense.handler.fetch"
    _inherit = "finance.handler"
    _description = "Question to an Expense Platform"

    _calls_out = True
    _held_blocks = False

    #: name under which a flow keeps how far it has read
    _position = "expenses"
    #: how its result counts what has come, and the handler of the flow on which that goes on
    _counted, _goes_to = "reports", REPORT

    @api.model
    def _plan_fetch(self, message):
        """OVERRIDE: one question; its answer asks for the next page."""
        asked = self._ask(message.flow_id, parent=message)
        return Done(result={"asked": len(asked)})

    @api.model
    def _ask(self, flow, *, parent=None):
        """:return: the message that asks for the next page"""
        return self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(
                    subject=self._subject(),
                    data={"ask": True},
                    # pages come one after the other
                    order_key=f"ask:{flow.id}",
                    parent_id=parent.id if parent else None,
                )
            ],
        )

    @api.model
    def _subject(self):
        return self.env._("Ask for reports")

    @api.model
    def _call(self, message):
        connection = message.connection_id
        adapter = connection._adapter()
        data = message.sudo().data  # sudo: content of messages is read by the engine alone
        if claimed := data.get("claim"):
            handed = [
                Handed(
                    external_id=one["external_id"],
                    handle=one.get("handle"),
                    revision=one["revision"],
                    content=b"",
                    claim=True,
                )
                for one in claimed
            ]
            return adapter._expense_claim(connection, handed)
        return self._batch(adapter, connection, message.flow_id, message.flow_id._cursor(self._position) or {})

    @api.model
    def _batch(self, adapter, connection, flow, position):
        return adapter._expense_batch(connection, flow, position)

    @api.model
    def _settle(self, message, answer):
        claimed = message.sudo().data.get("claim")  # sudo: as above
        return self._settle_claim(message, claimed, answer) if claimed else self._settle_batch(message, answer)

    @api.model
    def _settle_batch(self, message, batch):
        stored = [(handed, self._store(message, handed)) for handed in batch.handed]
        to_claim = [
            {
                "external_id": handed.external_id,
                "handle": handed.handle,
                "revision": handed.revision,
                "payload_id": payload.id,
            }
            for handed, payload in stored
            if handed.claim
        ]
        taken = self.env["finance.message"]._enqueue(
            message.connection_id._expense_flow(self._goes_to),
            self._envelopes(message, [(handed, payload) for handed, payload in stored if not handed.claim]),
        )
        if to_claim:
            self.env["finance.message"]._enqueue(
                message.flow_id,
                [Envelope(subject=self.env._("Claim reports"), data={"claim": to_claim}, parent_id=message.id)],
            )
        message.flow_id._set_cursor(self._position, batch.position)
        if batch.more:
            self._ask(message.flow_id, parent=message)
        known = len(taken.filtered("duplicate_of_id"))
        claims = {"to_claim": len(to_claim)} if to_claim else {}
        return Done(
            result={self._counted: len(taken) - known, "known_already": known, **claims, "more": bool(batch.more)}
        )

    @api.model
    def _envelopes(self, message, stored):
        """:param stored: list of (:class:`Handed`, its payload)"""
        return [self._envelope(message, handed.external_id, handed.revision, payload) for handed, payload in stored]

    @api.model
    def _store(self, message, handed):
        return self.env["finance.payload"]._store(
            handed.content,
            company=message.company_id,
            name=handed.external_id,
            content_type=handed.content_type,
        )

    @api.model
    def _settle_claim(self, message, claimed, answers):
        by_id = {answer.external_id: answer for answer in answers}
        envelopes, gone, again, refused = [], 0, [], []
        for one in claimed:
            answer = by_id.get(one["external_id"])
            if answer is not None and answer.taken:
                payload = self.env["finance.payload"].browse(one["payload_id"])
                envelopes.append(self._envelope(message, one["external_id"], one["revision"], payload))
            elif answer is not None and answer.gone:
                # it comes again as another revision
                gone += 1
            elif answer is None or answer.repeat:
                again.append(one)
            else:
                refused.append(one)
        self.env["finance.message"]._enqueue(message.connection_id._expense_flow(REPORT), envelopes)
        if again:
            self.env["finance.message"]._enqueue(
                message.flow_id,
                [
                    Envelope(
                        subject=self.env._("Claim reports"), data={"claim": again}, parent_id=message.id, delay=60.0
                    )
                ],
            )
        if len(refused) == len(claimed):
            return self._settle_refused(refused, by_id)
        if refused:
            # by themselves, so that a person sees them and nothing else
            self.env["finance.message"]._enqueue(
                message.flow_id,
                [
                    Envelope(subject=self.env._("Claim reports"), data={"claim": [one]}, parent_id=message.id)
                    for one in refused
                ],
            )
        return Done(result={"claimed": len(envelopes), "gone": gone, "again": len(again), "refused": len(refused)})

    @api.model
    def _settle_refused(self, refused, by_id):
        """The platform does not let us have them: nothing of them is booked, and a person looks."""
        answers = [by_id[one["external_id"]] for one in refused]
        return Held(
            reason="expense_not_claimed",
            detail=self.env._(
                "The platform does not hand out %(reports)s: %(why)s",
                reports=", ".join(one["external_id"] for one in refused),
                why="; ".join(dict.fromkeys(answer.text or answer.code or "?" for answer in answers)),
            ),
            error_class="business",
            params={"codes": sorted({answer.code or "" for answer in answers})},
        )

    @api.model
    def _envelope(self, message, external_id, revision, payload):
        return self.env["finance.expense.handler.report"]._envelope(message, external_id, revision, payload)


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.expense.handler.fetch", "Ask an expense platform")],
        ondelete={"finance.expense.handler.fetch": "cascade"},
    )
