import hmac
import uuid
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.transports.oauth2 import new_verifier

from ..const import APPROVER, CREATOR, RELEASER
from ..payments import progress
from ..payments.initiation import bulk, single, to_bytes
from ..payments.xml_text import CannotWrite
from ..protocols.access import Person
from ..protocols.berlin_group_payments import JSON, XML, Wanted
from .finance_bank_consent import _digest

RETURN = "/finance/payment/return"
#: key of the session under which its half of what binds a person is kept
SESSION = "finance_payments"
#: minutes until the bank is asked again, by how often it was asked; then every six hours
ASK_AFTER = (1, 2, 5, 15, 60, 180)
_SELDOM = 360
#: the bank has done its part: the statement says the rest
_SAID_ALL = (
    progress.CONFIRMED,
    progress.REJECTED,
    progress.CANCELLED,
    progress.RECALLED,
    progress.SETTLED,
    progress.RETURNED_STATE,
)


class FinancePaymentInitiation(models.Model):
    """An order as a bank's interface is asked for it: key and body are written down before anything is sent.

    A person who released it says yes on the bank's page and comes back, bound to the person and the browser session.
    What the bank has made of that is asked then, and never concluded from the address.
    """

    _name = "finance.payment.initiation"
    _description = "Payment at a Bank's Interface"
    _order = "id desc"
    _rec_name = "reference"
    _allow_sudo_commands = False

    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    is_confidential = fields.Boolean(related="order_id.is_confidential", store=True)
    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="restrict", index=True)
    service = fields.Char(readonly=True, required=True)
    product = fields.Char(readonly=True, required=True)
    request_key = fields.Char(string="X-Request-ID", readonly=True, required=True)
    body_id = fields.Many2one(
        "finance.payload", readonly=True, required=True, ondelete="restrict", groups=fields.NO_ACCESS
    )
    content_type = fields.Char(readonly=True, required=True)
    reference = fields.Char(string="Called by the bank", readonly=True)
    said = fields.Char(string="Last status", readonly=True)
    words = fields.Char(string="In the bank's words", readonly=True)
    asked_count = fields.Integer(readonly=True)
    asked_at = fields.Datetime(string="Asked last", readonly=True)
    next_at = fields.Datetime(string="Asked next", readonly=True, index="btree_not_null")
    authorised_at = fields.Datetime(string="Person came back", readonly=True)
    page = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    return_to = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    state_hash = fields.Char(readonly=True, groups=fields.NO_ACCESS, index="btree_not_null")
    session_hash = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    person_address = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    person_agent = fields.Char(readonly=True, groups=fields.NO_ACCESS)

    _one_per_order = models.UniqueIndex("(order_id)", "An order is asked for once.")
    _key_once = models.UniqueIndex("(request_key)", "A request id is used once.")

    # -- what is asked for -------------------------------------------------------------------------

    @api.model
    def _prepare(self, order):
        """Write down what will be asked for, in the transaction of the release; :return: the initiation"""
        flow = order.flow_id
        wanted = self._wanted_of(order)
        # of an earlier proposal, which never left
        order.initiation_ids.filtered(lambda one: not one.reference).unlink()
        state = new_verifier()
        back = f"{order.get_base_url().rstrip('/')}{RETURN}?state={state}"
        person = flow.connection_id._bank_person()
        body = self.env["finance.payload"]._store(
            wanted.body,
            company=order.company_id,
            name=f"{order.message_id_for_bank}-body",
            content_type=wanted.content_type,
        )
        # sudo: written by steps alone
        return self.sudo().create(
            {
                "order_id": order.id,
                "connection_id": flow.connection_id.id,
                "service": wanted.service,
                "product": wanted.product,
                "request_key": wanted.request_id,
                "content_type": wanted.content_type,
                "body_id": body.id,
                "return_to": back,
                "state_hash": _digest(state),
                "person_address": person.address,
                "person_agent": person.agent,
            }
        )

    @api.model
    def _wanted_of(self, order):
        """:raise UserError: the interface cannot tell what the order says"""
        flow = order.flow_id
        product = flow.payment_product
        service = "payments" if len(order.line_ids) == 1 else "bulk-payments"
        # stored before it is used: whoever asks again asks for the same
        key = str(uuid.uuid4())
        if flow.payment_body == "pain.001":
            with order._file() as stream:
                body = stream.read()
            return Wanted(service=service, product=f"pain.001-{product}", request_id=key, body=body, content_type=XML)
        groups = order._batch().groups
        if len(groups) != 1:
            raise UserError(self.env._("The bank takes payments of one day at a time. Make one order a day."))
        # what tells banks apart is theirs: a UETR has no place in the JSON
        group = replace(groups[0], payments=tuple(replace(one, uetr=None) for one in groups[0].payments))
        try:
            body = single(group, group.payments[0]) if service == "payments" else bulk(group)
        except CannotWrite as error:
            raise UserError(
                self.env._("This way cannot tell the bank everything: %s. Choose another way, or pain.001.", error)
            ) from error
        return Wanted(service=service, product=product, request_id=key, body=to_bytes(body), content_type=JSON)

    def _wanted(self):
        self.ensure_one()
        with self.body_id._open() as stream:
            body = stream.read()
        return Wanted(
            service=self.service,
            product=self.product,
            request_id=self.request_key,
            body=body,
            content_type=self.content_type,
            return_to=self.return_to,
            refused_to=f"{self.return_to}&refused=1",
        )

    def _person(self):
        return Person(address=self.person_address or "", agent=self.person_agent or "")

    # -- what the bank says ------------------------------------------------------------------------

    def _made(self, made, message):
        """The bank has a payment of ours: keep how it calls it and what it says.

        :param made: :class:`~..payments.initiation.Initiation`
        """
        self.ensure_one()
        order = self.order_id
        self.write(
            {"reference": made.id, "page": made.links.get("scaRedirect"), "words": (made.message or "")[:300] or False}
        )
        order._sent(made.id)
        self._said(progress.Fact(kind=progress.STATUS, code=made.status), message)
        if order.state == "sent":
            order.attention = self.env._("Say yes to it at the bank: Authorise.")

    def _said(self, fact, message):
        """Keep a status; it holds for every payment of the order."""
        self.ensure_one()
        lines = self.order_id.line_ids
        lines._note_facts([(line, fact, {"message_id": message.id}) for line in lines])
        now = self.env.cr.now()
        minutes = ASK_AFTER[self.asked_count] if self.asked_count < len(ASK_AFTER) else _SELDOM
        is_over = all(line.state in _SAID_ALL for line in lines)
        self.write(
            {
                "said": fact.code,
                "asked_count": self.asked_count + 1,
                "asked_at": now,
                "next_at": False if is_over else now + timedelta(minutes=minutes),
            }
        )

    def _ask(self, do="status", *, person=None):
        """Queue a question, unless one is under way; :return: its message"""
        self.ensure_one()
        flow = self.connection_id._payment_flow("finance.handler.payment.inquiry")
        # sudo: queued for people who may not write messages
        messages = self.env["finance.message"].sudo()
        order_key = f"initiation:{self.id}"
        waiting = messages.search(
            [("flow_id", "=", flow.id), ("order_key", "=", order_key), ("state", "in", list(states.OPEN))], limit=1
        )
        if waiting and do == "status":
            return waiting
        return messages._enqueue(
            flow,
            [
                Envelope(
                    subject=f"{self.order_id.name}: {do}",
                    data={"initiation_id": self.id, "do": do},
                    order_key=order_key,
                    correlation_id=self.order_id.correlation_id,
                    res_model=self.order_id._name,
                    res_id=self.order_id.id,
                )
            ],
        )

    @api.model
    def _cron_ask(self):
        """Ask about every payment that the bank has not said the last word about."""
        # sudo: the scheduled action sees every company
        for initiation in self.sudo().search([("next_at", "<=", self.env.cr.now())], order="next_at", limit=500):
            initiation._ask()
            # another look, should the question be lost
            initiation.next_at = self.env.cr.now() + timedelta(minutes=_SELDOM)
            if self.env.context.get("cron_id"):
                self.env["ir.cron"]._commit_progress(1)

    # -- the person --------------------------------------------------------------------------------

    def _authorise(self):
        """:return: the action that takes the releaser to the bank's page"""
        self.ensure_one()
        order, initiation = self.order_id, self.sudo()  # sudo: written by steps alone; the person is checked here
        if not self.env.user.has_group(RELEASER) or not (
            self.env.user._payment_persons() & order.sudo().released_by_id._payment_persons()  # sudo: who it was
        ):
            raise AccessError(self.env._("Whoever released it says yes to it at the bank."))
        if not request:
            raise UserError(self.env._("The bank sends you back to your browser: use the web client."))
        if not initiation.reference:
            raise UserError(self.env._("The bank does not have it yet."))
        connection = initiation.connection_id
        try:
            page = initiation.page or connection._adapter()._payment_page(connection, initiation)
            self.env["finance.bank.consent"]._check_page(connection, page)
        except FinanceError as error:
            raise UserError(error.detail) from error
        secret = new_verifier()
        initiation.session_hash = _digest(secret)
        # a new dict: a change inside would not be seen as one
        request.session[SESSION] = {**(request.session.get(SESSION) or {}), str(self.id): secret}
        return {"type": "ir.actions.act_url", "url": page, "target": "self"}

    @api.model
    def _come_back(self, answer, in_session):
        """A person has come back from the bank: ask it what became of the payment.

        :return: the order, or nothing: the address is not one of this person
        """
        # sudo: written by steps alone; whose it is is looked at here
        found = self.sudo().search([("state_hash", "=", _digest(answer.get("state") or ""))], limit=1)
        order = found.order_id
        is_mine = found and self.env.user == order.released_by_id
        is_mine = is_mine and hmac.compare_digest(
            found.session_hash or "", _digest(in_session.get(str(found.id)) or "")
        )
        if not is_mine:
            return self.env["finance.payment.order"]
        found.write({"session_hash": False, "authorised_at": self.env.cr.now()})
        if order.state in ("sent", "accepted"):
            order.attention = False
        found._ask()
        return order.with_env(self.env)


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    _payment_protected = frozenset(("initiation_ids",))

    initiation_ids = fields.One2many("finance.payment.initiation", "order_id", readonly=True, copy=False)
    may_authorise = fields.Boolean(compute="_compute_may_authorise")

    @api.depends("initiation_ids.reference", "state")
    @api.depends_context("uid")
    def _compute_may_authorise(self):
        for order in self:
            initiation = order.sudo().initiation_ids  # sudo: whether the bank waits for the person
            order.may_authorise = bool(
                order.state == "sent"
                and initiation.reference
                and initiation.said in (False, "RCVD", "PATC")
                and order.sudo().released_by_id == self.env.user
            )

    def action_authorise(self):
        """Go to the bank's page and say yes."""
        self._check_group(RELEASER)
        return self.initiation_ids._authorise()

    def action_ask_bank(self):
        """Ask the bank now where the payments stand."""
        self._check_group(CREATOR, APPROVER, RELEASER)
        initiation = self.sudo().initiation_ids  # sudo: questions are queued by steps alone
        if self.state == "unknown":
            self._inquire()
        elif initiation.reference:
            initiation._ask()
        else:
            raise UserError(self.env._("The bank cannot be asked by this way: its files say where the payments stand."))
        return {"type": "ir.actions.client", "tag": "soft_reload"}
