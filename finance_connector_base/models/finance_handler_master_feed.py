from odoo import api, fields, models

from ..engine.envelope import Envelope
from ..engine.outcome import Done

#: changes asked for at once
PAGE = 500


class FinanceHandlerMasterFeed(models.AbstractModel):
    """Asks another system what has changed, a page a message; each change becomes a message of its own.

    Nothing comes of what we know already: of our own changes that come back, and of revisions that
    we have heard of. The position moves on in the transaction that queues what was read.
    """

    _name = "finance.handler.master.feed"
    _inherit = "finance.handler"
    _description = "Ask for Changes of Master Data"

    _calls_out = True
    _held_blocks = False

    @api.model
    def _call(self, message):
        data = message.data
        adapter = message.connection_id._adapter()
        if data.get("external_id"):
            return adapter._master_objects(message.connection_id, data["domain"], [data["external_id"]])
        position = message.flow_id._cursor(self._cursor_name(data["domain"]))
        return adapter._master_changes(message.connection_id, data["domain"], position, PAGE)

    @api.model
    def _settle(self, message, answer):
        domain = message.data["domain"]
        if message.data.get("external_id"):
            self._receive(message, domain, [(message.data["external_id"], None, data) for data in answer])
            return Done(result={"changes": len(answer)})
        news = self._news(message.connection_id, domain, answer.changes)
        self._receive(message, domain, [(c.external_id, c.revision, c.data) for c in news if c.data is not None])
        failed = sorted({c.external_id for c in news if c.data is None})
        if failed:
            self._ask_again(message, domain, failed)
        message.flow_id._set_cursor(self._cursor_name(domain), answer.position)
        self._settle_earlier(message, [("order_key", "=", message.order_key)])
        if answer.more:
            self._enqueue(message.flow_id, domain)
        return Done(
            result={
                "changes": len(news) - len(failed),
                "known": len(answer.changes) - len(news),
                "failed": len(failed),
            }
        )

    @api.model
    def _cursor_name(self, domain):
        return f"master:{domain}"

    # -- what is new ---------------------------------------------------------------------------

    @api.model
    def _news(self, connection, domain, changes):
        """:return: those changes that are neither ours nor known"""
        ours = self._made_by_us(connection, {change.key for change in changes if change.key})
        known = self.env["finance.master.known"]._revisions(connection, domain, {c.external_id for c in changes})
        return [
            change
            for change in changes
            if change.key not in ours
            and (change.revision is None or change.revision > known.get(change.external_id, 0))
        ]

    @api.model
    def _made_by_us(self, connection, keys):
        """:return: those keys that messages of this connection were sent with"""
        numbers = {int(head): key for key in keys if (head := key.partition("-")[0]).isdecimal() and len(head) < 10}
        messages = self.env["finance.message"].search(
            [("id", "in", list(numbers)), ("connection_id", "=", connection.id)]
        )
        out = self.env["finance.handler.master.out"]
        return {key for message in messages if (key := numbers[message.id]) == out._key(message)}

    # -- what follows --------------------------------------------------------------------------

    @api.model
    def _receive(self, message, domain, items):
        sync = self.env["finance.master.sync"]._row(message.connection_id, domain)
        master_in = self.env["finance.handler.master.in"]
        return self.env["finance.message"]._enqueue(
            sync._flow("receive"),
            [
                master_in._change_envelope(message, domain, external_id, revision, data)
                for external_id, revision, data in items
            ],
        )

    @api.model
    def _ask_again(self, message, domain, external_ids):
        """What the other side could not give is asked for one by one, without holding up the others."""
        self.env["finance.message"]._enqueue(
            message.flow_id,
            [
                Envelope(
                    subject=self.env._("Ask for %(domain)s %(name)s", domain=domain, name=name),
                    data={"domain": domain, "external_id": name},
                    parent_id=message.id,
                    order_key=f"feed:{domain}:{name}",
                )
                for name in external_ids
            ],
        )

    @api.model
    def _enqueue(self, flow, domain):
        return self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(
                    subject=self.env._("Ask for changes of %s", domain),
                    data={"domain": domain},
                    order_key=f"feed:{domain}",
                )
            ],
        )


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.master.feed", "Ask for changes of master data")],
        ondelete={"finance.handler.master.feed": "cascade"},
    )


class FinanceAdapter(models.AbstractModel):
    """What an adapter with the capability ``master_changes`` does."""

    _inherit = "finance.adapter"

    @api.model
    def _master_changes(self, connection, domain, position, limit):
        """Say what has changed over there since a position, in the order in which it changed.

        A position that the other side has forgotten begins from the start.

        :param position: what an earlier :class:`~..canonical.Page` gave, or None for the start
        :return: a :class:`~..canonical.Page`
        :raise FinanceError: see ``engine/errors.py``
        """
        raise NotImplementedError(self._name)
