from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.errors import FinanceError

from ..protocols.events import READERS

#: where the facts of an event stand, by scheme; Plaid gives its events no identity
PATHS = {
    "ibanity": {"identity_path": "data.id", "kind_path": "data.type"},
    "plaid": {"identity_path": False, "kind_path": "join('.', [webhook_type, webhook_code])"},
}
#: days after which a key is looked at again, minutes after which one that was not found may be asked for again
FRESH_DAYS, AGAIN_MINUTES = 1, 10


class FinanceWebhook(models.Model):
    _inherit = "finance.webhook"

    def _settings(self):
        """EXTENDS: keys that were fetched over the connection."""
        settings = super()._settings()
        if self.scheme not in READERS:
            return settings
        return replace(settings, certificates=self.env["finance.webhook.certificate"]._known(self))


class FinanceWebhookCertificate(models.Model):
    """EXTENDS: a row can be a key, known by what its sender calls it and fetched by the adapter."""

    _inherit = "finance.webhook.certificate"

    @api.model
    def _want(self, webhook, url):
        """EXTENDS: ids that somebody has invented do not stand in the way of a real one for long."""
        if webhook.scheme in READERS:
            old = fields.Datetime.subtract(self.env.cr.now(), minutes=AGAIN_MINUTES)
            # sudo: written by the delivery of a sender, who has no rights
            missed = self.sudo().search([("webhook_id", "=", webhook.id), ("chain", "=", False)])
            missed.filtered(lambda key: key.fetched_at and key.fetched_at < old).unlink()
        return super()._want(webhook, url)

    @api.model
    def _cron_fetch(self):
        """EXTENDS: a key that is over at its sender is over here."""
        old = fields.Datetime.subtract(self.env.cr.now(), days=FRESH_DAYS)
        known = [("webhook_id.scheme", "in", list(READERS)), ("chain", "!=", False), ("fetched_at", "<", old)]
        for key in self.search(known, order="id"):
            key._fetch()
            self.env["ir.cron"]._commit_progress(1)
        return super()._cron_fetch()

    def _fetch(self):
        """EXTENDS: ask the sender for its key; one that cannot be asked for now stays as it is."""
        self.ensure_one()
        connection = self.webhook_id.connection_id
        if self.webhook_id.scheme not in READERS:
            return super()._fetch()
        values = {"fetched_at": self.env.cr.now(), "problem": False}
        try:
            values["chain"] = connection._adapter()._webhook_key(connection, self.url) or False
            if not values["chain"]:
                values["problem"] = self.env._("The sender does not know this key, or it is over.")
        except FinanceError as error:
            values["problem"] = error.detail
        return self.write(values)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    has_bank_events = fields.Boolean(compute="_compute_has_bank_events")

    @api.depends("adapter")
    def _compute_has_bank_events(self):
        for connection in self:
            scheme = self.env[connection.adapter]._webhook_scheme if connection.has_bank_reports else ""
            connection.has_bank_events = bool(scheme)

    def action_bank_events(self):
        """Open the address at which the other side tells what is new; a new one is filled in and left to be saved."""
        self.ensure_one()
        self._check_admin()
        scheme = self._adapter()._webhook_scheme if self.has_bank_events else ""
        if not scheme:
            raise UserError(self.env._("%s tells nothing by webhook.", self.name))
        webhook = self.webhook_ids.filtered(lambda one: one.scheme == scheme)[:1]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Events of the bank"),
            "res_model": "finance.webhook",
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": webhook.id,
            "context": {} if webhook else self._bank_event_defaults(scheme),
        }

    def _bank_event_defaults(self, scheme):
        values = {
            "name": self.env._("Events of %s", self.name),
            "connection_id": self.id,
            "flow_id": self._bank_event_flow().id,
            "scheme": scheme,
            **PATHS[scheme],
        }
        return {f"default_{name}": value for name, value in values.items()}

    def _bank_event_flow(self):
        """:return: the flow that works events, made with its defaults when missing"""
        self.ensure_one()
        connection = self.sudo()  # sudo: whoever may make a webhook need not be allowed to configure flows
        flow = connection.flow_ids.filtered(lambda one: one.handler == "finance.bank.handler.event")[:1]
        return flow or self.env["finance.flow"].sudo().create(
            {
                "name": self.env._("Events of the bank"),
                "connection_id": connection.id,
                "handler": "finance.bank.handler.event",
                "direction": "in",
                "priority": 30,
                "held_blocks": False,
            }
        )
