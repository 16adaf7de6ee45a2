from importlib.util import find_spec

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.errors import RejectedError
from ..events.cloud import MEDIA_TYPE
from ..transports.amqp import Broker, Letter, check, publish
from ..transports.http_address import networks

#: kombu is an extra: without it this kind of connection is not offered
HAS_KOMBU = find_spec("kombu") is not None
NAME = "finance.adapter.amqp"
#: secret with the password
PASSWORD = "password"


class FinanceConnection(models.Model):
    """Where a message broker is."""

    _inherit = "finance.connection"

    uses_amqp = fields.Boolean(compute="_compute_uses_amqp")
    amqp_host = fields.Char(string="Broker", tracking=True, help="Name of the host, e.g. mq.example.com")
    amqp_port = fields.Integer(string="Broker port", default=5671, required=True, aggregator=None)
    amqp_vhost = fields.Char(string="Virtual host", default="/", tracking=True)
    amqp_user = fields.Char(string="Broker user", tracking=True, help="Its password is a secret of the connection.")
    amqp_exchange = fields.Char(
        string="Exchange", tracking=True, help="Events are published there with their type as routing key."
    )

    @api.depends("adapter")
    def _compute_uses_amqp(self):
        for connection in self:
            connection.uses_amqp = connection.adapter == NAME

    def _hosts(self):
        hosts = super()._hosts()
        return list(dict.fromkeys([*hosts, self.amqp_host])) if self.uses_amqp and self.amqp_host else hosts

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"amqp_host", "amqp_port", "amqp_vhost", "amqp_user", "amqp_exchange"}

    @api.constrains("amqp_host", "amqp_port")
    def _check_amqp(self):
        for connection in self.filtered("amqp_host"):
            if not 1 <= connection.amqp_port <= 65535 or "/" in connection.amqp_host or "@" in connection.amqp_host:
                raise ValidationError(self.env._("Enter the name of the broker's host alone, and its port."))

    def _amqp_broker(self):
        """:return: :class:`~..transports.amqp.Broker`, with the password in clear, for the call under way
        :raise FinanceError: a setting or the secret is missing, or nothing may leave (a copy)
        """
        self.ensure_one()
        self._check_outbound()
        connection = self.sudo()  # sudo: engine code runs for any role; what is read here is no secret
        if not (connection.amqp_host and connection.amqp_user):
            raise RejectedError(
                self.env._("Enter host and user of the broker on the connection."), reason="connection_incomplete"
            )
        return Broker(
            host=connection.amqp_host.strip().lower(),
            port=connection.amqp_port,
            vhost=connection.amqp_vhost or "/",
            user=connection.amqp_user,
            password=connection._secret(PASSWORD),
            networks=networks(connection.http_networks or ""),
            hosts=connection._allowed_hosts(),
            plain=connection.http_allow_plain and connection.environment in ("sandbox", "test"),
            authorities=connection.http_authorities or "",
        )


if HAS_KOMBU:

    class FinanceAdapterAmqp(models.AbstractModel):
        """Publishes events to a message broker: one message an event, confirmed by the broker."""

        _name = "finance.adapter.amqp"
        _inherit = "finance.adapter"
        _description = "Message Broker"

        _supports = frozenset({"check", "events"})

        @api.model
        def _check(self, connection):
            check(connection._amqp_broker(), connection.amqp_exchange or "")
            return self.env._("The broker answers, and lets us in.")

        @api.model
        def _deliver_event(self, connection, subscription, event):
            publish(
                connection._amqp_broker(),
                Letter(
                    body=event.model_dump_json(exclude_none=True).encode(),
                    exchange=connection.sudo().amqp_exchange or "",  # sudo: where it goes is no secret
                    routing_key=subscription.path or event.type,
                    message_id=event.id,
                    kind=event.type,
                    correlation_id=event.correlationid,
                    content_type=MEDIA_TYPE,
                ),
            )
            return {"confirmed": True}

    class FinanceConnectionAmqp(models.Model):
        _inherit = "finance.connection"

        adapter = fields.Selection(
            selection_add=[("finance.adapter.amqp", "Message broker (AMQP, events)")],
            ondelete={"finance.adapter.amqp": "cascade"},
        )
