import base64

from odoo import api, fields, models
from odoo.exceptions import LockError, ValidationError

from ..api.contract import MessageList
from ..api.driven import Flow, FlowList, SentFile, Taken, TakenList
from ..api.problem import Fault, Problem
from ..engine import states
from ..engine.errors import AmbiguousError, FinanceError, RejectedError, TransientError
from .finance_api_message import STATES
from .finance_payload import PayloadLocked, PayloadTooLarge, PayloadUnreachable

#: bytes that one answer holds
MOST_CONTENT = 16 << 20
LOCKED = "The key that seals what is stored is not there."
#: states of a connection in which something new is taken
TAKING = ("active", "paused")
#: what a program says -> what an adapter would have raised
ERRORS = {"rejected": RejectedError, "not_sent": TransientError, "unknown": AmbiguousError}


class FinanceApiClient(models.Model):
    """Which flows a program drives: those that are named here, and no other."""

    _inherit = "finance.api.client"

    flow_ids = fields.Many2many(
        "finance.flow",
        string="Drives",
        domain="[('driven_by', '!=', 'adapter'), ('company_id', 'in', company_ids)]",
        help="Flows whose files it brings, or delivers, in the place of the connection.",
    )

    @api.constrains("flow_ids", "company_ids")
    def _check_flows(self):
        for client in self:
            # sudo: flows of companies that the user does not have now are compared, too
            if client.sudo().flow_ids.company_id - client.company_ids:
                raise ValidationError(self.env._("%s drives flows of its own companies only.", client.name))

    def _told(self):
        # EXTENDS; sudo: as above
        return {**super()._told(), "drives": sorted(self.sudo().flow_ids.mapped("name"))}


class FinanceApi(models.AbstractModel):
    """Flows that a program drives (S-27, S-33): it brings what comes in, and delivers what goes out."""

    _inherit = "finance.api"

    @api.model
    def _driven(self):
        """:return: domain of the flows that the program drives, in the companies it has now"""
        return [
            ("id", "in", self._client().flow_ids.ids),
            ("company_id", "in", self.env.companies.ids),
            ("driven_by", "!=", "adapter"),
        ]

    @api.model
    def _driven_flow(self, name, direction=None):
        flow = self._named("finance.flow", "flow", name, self._driven())
        if direction and flow.direction != direction:
            raise Problem("invalid", "It is a flow of the other direction.")
        return flow

    @api.model
    def _do_list_flows(self, query):
        records, following = self._page("flows", "finance.flow", self._driven(), query, ("id", "id"))
        names = self._names()
        return FlowList(
            data=[
                Flow(
                    id=names.of("flow", flow.id),
                    name=flow.name,
                    direction=flow.direction,
                    driven_by=flow.driven_by,
                    company=names.of("company", flow.company_id.id),
                )
                for flow in records
            ],
            next=following,
        )

    @api.model
    def _do_list_flow_messages(self, query, id):  # pylint: disable=redefined-builtin  # the name in the path
        flow = self._driven_flow(id)
        domain = [("flow_id", "in", flow._driven_flows().ids), ("kind", "=", "exchange")]
        if query.state:
            domain.append(("state", "in", [theirs for ours in query.state for theirs in STATES[ours]]))
        records, following = self._page(f"messages of {flow.id}", "finance.message", domain, query, ("id", "id"))
        return MessageList(data=[self._message(record) for record in records], next=following)

    # -- in ------------------------------------------------------------------------------------

    @api.model
    def _do_bring_message(self, query, id, body):  # pylint: disable=redefined-builtin  # the name in the path
        flow = self._driven_flow(id, "in")
        if flow.draining or flow.connection_id.state not in TAKING:
            raise Problem("unavailable", "Nothing new is taken at present: the flow drains, or is not in use.")
        file = (body.file.name, base64.b64decode(body.file.content)) if body.file else None
        try:
            message = flow._bring(
                file=file,
                document=body.document,
                revision=body.revision,
                correlation_id=self.env.context.get("finance_api_correlation"),
            )
        except (PayloadLocked, PayloadUnreachable):
            raise Problem("unavailable", LOCKED) from None
        except PayloadTooLarge:
            raise Problem("too_large", "The connection takes no file of this size.") from None
        except FinanceError as error:
            fault = Fault(error.detail, "/file" if body.file else "/document")
            raise Problem("invalid", "Correct what is listed under errors.", faults=[fault]) from None
        return self._message(message.with_env(self.env))

    # -- out -----------------------------------------------------------------------------------

    @api.model
    def _do_take_messages(self, query, id, body):  # pylint: disable=redefined-builtin  # the name in the path
        flow = self._driven_flow(id, "out")
        # sudo: whether this is a copy of the database
        if flow.connection_id.sudo()._is_foreign():
            raise Problem("unavailable", "This is a copy of the database. Nothing is sent from here.")
        taken = self.env["finance.dispatcher"]._claim_for(self._client(), flow, body.most)
        return TakenList(
            data=[
                Taken(
                    message=self._message(message.with_env(self.env)),
                    answer_until=until,
                    name=self._file_name(message),
                    size=message.payload_id.size,
                    sha256=message.payload_id.sha256,
                )
                for message, until in taken
            ]
        )

    @api.model
    def _in_hand(self, flow_name, name, *, locked=False):
        """:return: the message that the program has in its hands
        :raise Problem: ``conflict``: it has not, or not any more
        """
        flow = self._driven_flow(flow_name, "out")
        # sudo: content and worker of what the program itself has taken
        message = self._named("finance.message", "message", name, [("flow_id", "=", flow.id)]).sudo()
        if locked:
            try:
                message.lock_for_update()
            except LockError:
                raise Problem("unavailable", headers={"Retry-After": "1"}) from None
            message.invalidate_recordset()
        if message.state != states.PROCESSING or message.worker_id.client_id != self._client():
            raise Problem("conflict", "It is not, or not any more, in the hands of this program.")
        return message

    @api.model
    def _file_name(self, message):
        # sudo: content of what the program itself has taken
        message = message.sudo()
        return (message.data or {}).get("file_name") or message.payload_id.name or f"message-{message.id}"

    @api.model
    def _do_get_message_content(self, query, id, message):  # pylint: disable=redefined-builtin  # the name in the path
        found = self._in_hand(id, message)
        payload = found.payload_id
        if payload.size > MOST_CONTENT:
            raise Problem("too_large", "It is too large for an answer. Let the connection send it.")
        try:
            with payload._open() as stream:
                content = stream.read()
        except (PayloadLocked, PayloadUnreachable):
            raise Problem("unavailable", LOCKED) from None
        return SentFile(
            name=self._file_name(found),
            size=payload.size,
            sha256=payload.sha256,
            content=base64.b64encode(content).decode("ascii"),
        )

    @api.model
    def _do_report_outcome(self, query, id, message, body):  # pylint: disable=redefined-builtin  # as above
        found = self._in_hand(id, message, locked=True)
        error = ERRORS[body.outcome](body.detail) if body.outcome != "delivered" else None
        self.env["finance.dispatcher"]._settle_for(found, reference=body.reference, error=error)
        if found.state == states.PROCESSING:
            # others were in the way: nothing of it stays, it is said again
            raise Problem("unavailable", headers={"Retry-After": "1"})
        return self._message(found.with_env(self.env))
