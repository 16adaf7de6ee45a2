from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.engine.outcome import Done, Ignored

from ..payments.progress import STATUS, Fact
from ..payments.progress import of_status as fact_of
from ..protocols.berlin_group_payments import PRODUCTS, PaymentClient

#: product that an urgency needs, where it needs one
_URGENT = {"urgent": "target-2-payments", "instant": "instant-sepa-credit-transfers"}


class FinanceHandlerPaymentInitiation(models.AbstractModel):
    """Asks a bank's interface (NextGenPSD2) for the payments of a released order, once."""

    _name = "finance.handler.payment.initiation"
    _inherit = "finance.handler._payment"
    _description = "Payments over a Bank's Interface"

    @api.model
    def _payment_problem(self, order):
        # EXTENDS
        flow = order.sudo().flow_id  # sudo: how it sends, nothing secret
        if "payments" not in flow.connection_id._adapter()._supports:
            return self.env._("%s takes no payments.", flow.connection_id.display_name)
        wanted = _URGENT.get(order.urgency)
        if wanted and flow.payment_product != wanted:
            return self.env._(
                "The order is %(urgency)s: that needs the product %(product)s.", urgency=order.urgency, product=wanted
            )
        try:
            self.env["finance.payment.initiation"]._wanted_of(order.sudo())  # sudo: whether it can be told
        except UserError as error:
            return str(error)
        return super()._payment_problem(order)

    @api.model
    def _payment_envelope(self, order):
        # EXTENDS: key and body are stored first
        self.env["finance.payment.initiation"]._prepare(order.sudo())  # sudo: written by the step that released it
        return super()._payment_envelope(order)

    @api.model
    def _call(self, message):
        connection = message.connection_id
        return connection._adapter()._payment_initiate(connection, self._payment_order(message).initiation_ids)

    @api.model
    def _settle(self, message, answer):
        order = self._payment_order(message)
        order.initiation_ids._made(answer, message)
        return Done(result={"reference": answer.id, "status": answer.status}, documents=((order._name, order.id),))

    @api.model
    def _payment_inquire(self, order):
        # OVERRIDE: by its id; without one only where the bank promises that the same request is the same payment
        initiation = order.initiation_ids
        if initiation.reference:
            initiation._ask()
        elif order.state == "unknown" and initiation.connection_id.http_honours_key:
            # what people said the bank has is not asked for anew: if they were wrong, it would be executed now
            initiation._ask("again")
        else:
            return False
        return True

    @api.model
    def _payment_recall(self, order, code, text):
        # OVERRIDE
        initiation = order.initiation_ids
        if not initiation.reference:
            raise UserError(self.env._("The bank has not said how it calls the payment. Call the bank."))
        return initiation._ask("cancel")


class FinanceHandlerPaymentInquiry(models.AbstractModel):
    """Asks a bank's interface about payments, and asks it to cancel them; any of it may be asked twice."""

    _name = "finance.handler.payment.inquiry"
    _inherit = "finance.handler"
    _description = "Questions about Payments"

    _calls_out = True
    _held_blocks = False

    @api.model
    def _initiation(self, message):
        # sudo: the engine; the message is of the same connection
        data = message.sudo().data or {}
        found = self.env["finance.payment.initiation"].sudo().browse(data.get("initiation_id")).exists()
        return (found if found.connection_id == message.connection_id else found.browse()), data.get("do")

    @api.model
    def _call(self, message):
        initiation, do = self._initiation(message)
        if not initiation:
            return None
        connection = message.connection_id
        adapter = connection._adapter()
        if do == "again":
            try:
                return adapter._payment_initiate(connection, initiation, may_repeat=True)
            except RejectedError:
                # a no to the second request says nothing about the first
                return "nothing"
        if do == "cancel":
            return adapter._payment_cancel(connection, initiation)
        return adapter._payment_status(connection, initiation) or "nothing"

    @api.model
    def _settle(self, message, answer):
        initiation, do = self._initiation(message)
        if answer is None or not initiation:
            return Ignored(reason="payment_gone", detail=self.env._("There is no such payment."))
        order = initiation.order_id
        documents = ((order._name, order.id),)
        if answer == "nothing":
            order._inquired()
            return Done(result={"status": None}, documents=documents)
        if do == "again":
            initiation._made(answer, message)
            return Done(result={"status": answer.status}, documents=documents)
        if do == "cancel":
            if answer == "cancelled":
                initiation._said(Fact(kind=STATUS, code="CANC"), message)
            else:
                order._recall_answered(answer)
            return Done(result={"answer": answer}, documents=documents)
        initiation._said(fact_of(answer), message)
        return Done(result={"status": answer.status}, documents=documents)


class FinanceBankAdapterBerlinGroup(models.AbstractModel):
    _inherit = "finance.bank.adapter.berlin.group"

    _supports = frozenset({"check", "reports", "consents", "payments"})

    @api.model
    def _payment_client(self, connection, client, person=None):
        return PaymentClient(client, person=person, signing=self._signing(connection))

    @api.model
    def _payment_initiate(self, connection, initiation, may_repeat=False):
        wanted = initiation._wanted()
        with connection._http() as client:
            bank = self._payment_client(connection, client, initiation._person())
            return bank.initiate(wanted, may_repeat=may_repeat)

    @api.model
    def _payment_status(self, connection, initiation):
        with connection._http() as client:
            bank = self._payment_client(connection, client)
            return bank.status(initiation.service, initiation.product, initiation.reference)

    @api.model
    def _payment_cancel(self, connection, initiation):
        with connection._http() as client:
            bank = self._payment_client(connection, client)
            return bank.cancel(initiation.service, initiation.product, initiation.reference)

    @api.model
    def _payment_page(self, connection, initiation):
        with connection._http() as client:
            bank = self._payment_client(connection, client, connection._bank_person())
            return bank.begin_authorisation(initiation.service, initiation.product, initiation.reference)


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    @api.model
    def _capabilities(self):
        return {
            **super()._capabilities(),
            "payments": ("_payment_initiate", "_payment_status", "_payment_cancel", "_payment_page"),
        }

    @api.model
    def _payment_initiate(self, connection, initiation, may_repeat=False):
        """Ask for the payments of a ``finance.payment.initiation``; :return: :class:`~..payments.initiation.Initiation`

        :raise AmbiguousError: it is not known whether the bank has them
        """
        raise NotImplementedError(self._name)

    @api.model
    def _payment_status(self, connection, initiation):
        """Ask where they stand; :return: :class:`~..payments.status.Said`, or None: the bank does not know them"""
        raise NotImplementedError(self._name)

    @api.model
    def _payment_cancel(self, connection, initiation):
        """Ask to cancel them; :return: ``cancelled``, ``pending`` or ``refused``"""
        raise NotImplementedError(self._name)

    @api.model
    def _payment_page(self, connection, initiation):
        """:return: address of the page on which a person says yes"""
        raise NotImplementedError(self._name)


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[
            ("finance.handler.payment.initiation", "Send payments over a bank's interface"),
            ("finance.handler.payment.inquiry", "Ask a bank's interface about payments"),
        ],
        ondelete={
            "finance.handler.payment.initiation": "cascade",
            "finance.handler.payment.inquiry": "cascade",
        },
    )
    payment_product = fields.Selection(
        [(code, code) for code in PRODUCTS], string="Product", default="sepa-credit-transfers"
    )
    payment_body = fields.Selection(
        [("json", "JSON of the interface"), ("pain.001", "The approved file (pain.001)")],
        string="Payments as",
        default="json",
        help="Where the bank takes the file, it gets the bytes that were approved.",
    )
