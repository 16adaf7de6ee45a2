from odoo import api, fields, models

from ..engine.envelope import Envelope

#: records read and queued together
PAGE = 1000


class FinanceMasterChange(models.Model):
    """A change in Odoo that waits for the next batch.

    Written in the transaction of the change; only added, never updated, so that people who
    change the same record do not stand in each other's way here.
    """

    _name = "finance.master.change"
    _description = "Master Data Change to Send"
    _log_access = False
    _allow_sudo_commands = False

    sync_id = fields.Many2one("finance.master.sync", required=True, ondelete="cascade", index=True)
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)

    @api.model
    def _emit(self, master, records, *, urgent, origin):
        """Tell whoever is synchronised of a change: at once, or with the next batch.

        :param origin: the :class:`~..engine.origin.Origin` of the change, or None; its system is not told
        """
        rows = self.env["finance.master.sync"]._sending().get(master._code(), ())
        for sync_id, connection_id, company_id in rows:
            if origin and origin.connection_id == connection_id:
                continue
            # sudo: whose data it is decides, not what the person may see
            own = master._belongs(master._scope(records).sudo(), self.env["res.company"].browse(company_id))
            if not own:
                continue
            # sudo: whoever changes a record need not know who is told
            sync = self.env["finance.master.sync"].sudo().browse(sync_id)
            if urgent or not sync.batch_minutes:
                self._send(sync, own)
            else:
                self.sudo().create(  # sudo: internal rows without access rights
                    [{"sync_id": sync.id, "res_model": own._name, "res_id": record_id} for record_id in own.ids]
                )

    @api.model
    def _send(self, sync, records):
        """Queue one message for each record, as it is now."""
        # sudo: what leaves is decided by the synchronisation
        connection = sync.sudo().connection_id
        master = self.env["finance.master"]._of(sync.domain)
        objects = master._export(records, connection)
        return self.env["finance.message"]._enqueue(
            sync._flow("send"),
            [
                Envelope(
                    subject=master._subject(record),
                    data=master._sealed(objects[record.id].to_dict(), connection),
                    order_key=f"master:{records._name}:{record.id}",
                    res_model=records._name,
                    res_id=record.id,
                )
                for record in records.sudo()  # sudo: names for the subject
            ],
        )

    @api.model
    def _send_batch(self, sync):
        """Send everything collected for a row; many changes of one record become one message.

        :return: the messages
        """
        changes = self.sudo()  # sudo: internal rows without access rights
        messages = self.env["finance.message"]
        while waiting := changes.search([("sync_id", "=", sync.id)], limit=PAGE, order="id").try_lock_for_update():
            records = self.env[waiting[0].res_model].browse(sorted(set(waiting.mapped("res_id")))).exists()
            waiting.unlink()
            # what has become something else meanwhile (the contact of an employee) is not told of
            records = self.env["finance.master"]._of(sync.domain)._scope(records.with_context(active_test=False))
            if records:
                messages |= self._send(sync, records)
        return messages
