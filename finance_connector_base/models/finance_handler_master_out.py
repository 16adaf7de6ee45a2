import dataclasses

from odoo import api, fields, models

from ..canonical import parse
from ..engine.outcome import Done


class FinanceHandlerMasterOut(models.AbstractModel):
    """Tells another system of changes in Odoo's master data, and keeps what it calls a new record."""

    _name = "finance.handler.master.out"
    _inherit = "finance.handler"
    _description = "Send Master Data"

    _calls_out = True

    @api.model
    def _call(self, message):
        obj = parse(message.data)
        connection = message.connection_id
        master = self.env["finance.master"]._of(obj.domain)
        obj = dataclasses.replace(obj, **master._fill_links(obj, connection))
        return connection._adapter()._send_master(connection, obj) or obj.external_id

    @api.model
    def _settle(self, message, answer):
        master = self.env["finance.master"]._of(message.data["domain"])
        master._named(message.connection_id, answer, message.res_model, message.res_id, message)
        return Done(result={"external_id": answer}, documents=((message.res_model, message.res_id),))


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.master.out", "Send master data")],
        ondelete={"finance.handler.master.out": "cascade"},
    )


class FinanceAdapter(models.AbstractModel):
    """What an adapter with the capability ``master`` does."""

    _inherit = "finance.adapter"

    @api.model
    def _send_master(self, connection, obj):
        """Tell the other side what a record is now (``active`` False: archive it).

        Sent twice it must change nothing the second time: ``source_id`` is what an object without
        ``external_id`` is recognised by.

        :param obj: a :class:`~..canonical.Canonical`
        :return: what the other side calls it
        :raise FinanceError: see ``engine/errors.py``
        """
        raise NotImplementedError(self._name)
