from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.engine.outcome import Done, Held
from odoo.addons.finance_connector_base.safe.masking import mask_text

from ..formats.detect import HEAD_SIZE
from ..formats.model import FormatError
from ..payments import answers
from ..payments.progress import of_status
from ..payments.status import Named

#: orders about which a bank has nothing to say yet
_NOT_SENT = ("draft", "proposed", "approved")
#: payments between two signs of life to the queue
_HEARTBEAT = 5_000


class FinanceHandlerPaymentStatus(models.AbstractModel):
    """What a bank says about payments in a file: pain.002, camt.029, any version (K-11; RELIABILITY faults 27 and 36).

    Each payment gets its facts and stands where they put it: late, twice or in any order is the same. What the report
    says about payments that are not ours, or with other amounts, waits for a person; the rest counts.
    """

    _name = "finance.handler.payment.status"
    _inherit = "finance.handler"
    _description = "Payment Status Files"

    _takes_files = True
    _held_blocks = False

    @api.model
    def _is_drivable(self, direction):
        # OVERRIDE
        return direction == "in"

    @api.model
    def _handle(self, message):
        if not message.payload_id:
            raise MalformedError(self.env._("The message carries no file."), reason="bank_file_empty")
        with message.payload_id._open() as stream:
            head = stream.read(HEAD_SIZE)
            stream.seek(0)
            if answers.identify(head) is None:
                return self._hand_on(message)
            try:
                report = answers.read(stream)
            except FormatError as error:
                raise MalformedError(
                    self.env._(
                        "%(file)s is a report of payments, but broken: %(error)s", file=message.subject, error=error
                    ),
                    reason="payment_report_broken",
                    params={"code": error.code, "place": error.place},
                ) from error
        return self._take(message, report)

    @api.model
    def _hand_on(self, message):
        """One folder holds statements, too: they go their own way."""
        child = message.connection_id._bank_pass_on(message, "finance.bank.handler.file")
        return Done(result={"handed_on": child.id})

    # -- one report --------------------------------------------------------------------------------

    @api.model
    def _take(self, message, report):
        order = self._order_of(message, report)
        if not order:
            return Held(
                reason="payment_unknown_original",
                error_class="data",
                detail=self.env._(
                    "The report %(report)s is about message %(original)s, which no payment order of %(company)s was "
                    "sent with.",
                    report=report.message_id,
                    original=report.original_message_id or "?",
                    company=message.company_id.name,
                ),
                waiting_key=f"payment:{message.company_id.id}:{report.original_message_id}",
            )
        if order.state in _NOT_SENT:
            return Held(
                reason="payment_unknown_original",
                error_class="data",
                detail=self.env._(
                    "The bank reports about %s, which was not sent from here. Ask the bank where it has it from.",
                    order.name,
                ),
                documents=((order._name, order.id),),
            )
        rows, strange = self._facts(message, report, order)
        changed = order.line_ids._note_facts(rows)
        return self._outcome(report, order, rows, changed, strange)

    @api.model
    def _outcome(self, report, order, rows, changed, strange):
        documents = ((order._name, order.id),)
        result = {"report": report.message_id, "payments": len(rows), "new": len(changed)}
        if strange:
            return Held(
                reason="payment_report_differs",
                error_class="data",
                detail=self.env._(
                    "%(order)s: what fits was taken over (%(count)s payments). %(why)s",
                    order=order.name,
                    count=len(rows),
                    why=" ".join(strange),
                ),
                documents=documents,
            )
        if changed.filtered("problems"):
            return Held(
                reason="payment_contradiction",
                error_class="business",
                detail=self.env._(
                    "%(order)s: what the bank says about %(count)s payments cannot be true together.",
                    order=order.name,
                    count=len(changed.filtered("problems")),
                ),
                documents=documents,
            )
        return Done(result=result, documents=documents)

    @api.model
    def _order_of(self, message, report):
        """:return: the order that a report is about, by the id of our message, else by the ids of its payments"""
        # sudo: the engine, limited to the company of the message
        orders = self.env["finance.payment.order"].sudo()
        company = ("company_id", "=", message.company_id.id)
        if report.original_message_id:
            order = orders.search([company, ("message_id_for_bank", "=", report.original_message_id)], limit=1)
            if order:
                return order
        ids = list({one.end_to_end_id for _group, one in report.transactions() if one.end_to_end_id})
        lines = self.env["finance.payment.line"].sudo()  # sudo: as above
        found = lines.search([company, ("end_to_end_id", "in", ids)]).order_id if ids else orders
        return found if len(found) == 1 else orders

    @api.model
    def _facts(self, message, report, order):
        """:return: (rows for ``_note_facts``, what is strange about the report, in words)"""
        lines = {line.id: line for line in order.line_ids}
        named = order._named_payments()
        mentioned = sum(1 for _one in report.transactions())
        at = report.created_at or self.env.cr.now().replace(microsecond=0)
        rows, matched, others = [], 0, 0
        for number, (payment, said) in enumerate(
            report.answers(named, accepts_rest=message.flow_id.payment_accepts_rest), 1
        ):
            line = lines[payment.key]
            matched += said.transaction is not None
            money = said.transaction.amount if said.transaction else None
            if money and (money.amount, money.currency) != (line._decimal(line.amount), line.currency_id.name):
                others += 1
                continue
            text = mask_text(" ".join(one.text for one in said.reasons if one.text))[:200]
            rows.append((line, of_status(said), {"at": at, "text": text, "message_id": message.id}))
            if number % _HEARTBEAT == 0:
                self.env["finance.dispatcher"]._heartbeat()
        strange = []
        if mentioned > matched:
            strange.append(self.env._("It mentions %s payments that are not in the order.", mentioned - matched))
        if others:
            strange.append(self.env._("It names other amounts for %s payments.", others))
        return rows, strange


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _group_ids(self):
        """:return: dict line id -> id of its group in the message to the bank"""
        self.ensure_one()
        keys = {line.id: self._group_key(line) for line in self.line_ids}
        in_order = sorted(set(keys.values()), key=lambda key: tuple(map(str, key)))
        names = {key: f"{self.message_id_for_bank}-{number}" for number, key in enumerate(in_order, 1)}
        return {line_id: names[key] for line_id, key in keys.items()}

    def _named_payments(self):
        """:return: the ids of the payments as a bank's report tells them"""
        groups = self._group_ids()
        return [
            Named(
                key=line.id,
                group_id=groups[line.id],
                end_to_end_id=line.end_to_end_id or "",
                uetr=line.uetr or None,
            )
            for line in self.line_ids
        ]


class FinanceBankHandlerFile(models.AbstractModel):
    _inherit = "finance.bank.handler.file"

    @api.model
    def _handle(self, message):
        # EXTENDS: reports of payments lie in the same folder as statements
        if message.payload_id and answers.identify(message.payload_id._read_head(HEAD_SIZE)):
            child = message.connection_id._bank_pass_on(message, "finance.handler.payment.status")
            return Done(result={"handed_on": child.id})
        return super()._handle(message)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    def _bank_pass_on(self, message, handler):
        """Hand a file on to the flow of this connection that can read it; :return: its message there"""
        self.ensure_one()
        flow = self._payment_flow(handler)
        return self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(
                    subject=message.subject,
                    payload_id=message.payload_id.id,
                    dedupe_key=f"sha256:{message.payload_sha256}" if not message.replay_of_id else None,
                    content_hash=message.payload_sha256,
                    parent_id=message.id,
                    correlation_id=message.correlation_id,
                )
            ],
        )

    def _payment_flow(self, handler):
        """:return: the flow of this connection that a handler works, made with its defaults when missing"""
        if handler not in _FLOWS:
            return self._bank_flow(handler)
        self.ensure_one()
        connection = self.sudo()  # sudo: whoever takes part in payments need not be allowed to configure flows
        flow = connection.flow_ids.filtered(lambda one: one.handler == handler)[:1]
        if flow:
            return flow
        # two workers that make it at the same time meet at this row, and the later one runs again
        self.env.cr.execute(
            "UPDATE finance_connection SET write_date = write_date WHERE id = %s", [self.id], log_exceptions=False
        )
        values = dict(_FLOWS[handler])
        name = {
            "finance.handler.payment.status": self.env._("Payment status"),
            "finance.handler.payment.inquiry": self.env._("Questions about payments"),
            "finance.handler.payment.recall": self.env._("Requests to cancel payments"),
        }[handler]
        # sudo: as above
        return (
            self.env["finance.flow"]
            .sudo()
            .create({"name": name, "connection_id": connection.id, "handler": handler, "held_blocks": False, **values})
        )


#: handlers whose flows are made when they are needed, and how
_FLOWS = {
    "finance.handler.payment.status": {"direction": "in", "priority": 35, "lease_seconds": 900, "batch_size": 5},
    "finance.handler.payment.inquiry": {"direction": "out", "priority": 40, "batch_size": 5, "retry_max": 4},
    "finance.handler.payment.recall": {"direction": "out", "priority": 20, "batch_size": 1},
}


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.payment.status", "Read payment status files")],
        ondelete={"finance.handler.payment.status": "cascade"},
    )
    payment_accepts_rest = fields.Boolean(
        string="The bank mentions exceptions only",
        help="A file that it accepts in part (PART): payments that the report does not mention are accepted.",
    )
