import dataclasses

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..canonical import Told, parse
from ..engine.envelope import Envelope
from ..engine.errors import RejectedError
from ..engine.outcome import Done

#: conflicts of one change that settle themselves
MOST_CONFLICTS = 5


class FinanceHandlerMasterOut(models.AbstractModel):
    """Tells another system of changes in Odoo's master data, and keeps what it calls a new record."""

    _name = "finance.handler.master.out"
    _inherit = "finance.handler"
    _description = "Send Master Data"

    _calls_out = True

    @api.model
    def _key(self, message):
        """:return: the idempotency key of a message: the same for every attempt, and recognised when it comes back"""
        return f"{message.id}-{message.correlation_id}"

    @api.model
    def _call(self, message):
        connection = message.connection_id
        obj = self._object(message)
        master = self.env["finance.master"]._of(obj.domain)
        obj = dataclasses.replace(obj, **master._fill_links(obj, connection))
        revisions = self.env["finance.master.known"]._revisions(connection, obj.domain, [obj.external_id])
        told = connection._adapter()._send_master(
            connection, obj, key=self._key(message), revision=revisions.get(obj.external_id)
        )
        if told.theirs is not None:
            self._check_conflict(message, obj)
        return told, dataclasses.replace(obj, external_id=told.external_id).to_dict()

    @api.model
    def _object(self, message):
        """:return: what is said: as it was when the change was made, or as it is now after a conflict"""
        if not message.data.get("again"):
            return parse(self.env["finance.master"]._unsealed(message.data, message.connection_id))
        master = self.env["finance.master"]._of(message.data["domain"])
        record = self.env[message.res_model].with_context(active_test=False).browse(message.res_id)
        return master._export(record, message.connection_id)[record.id]

    @api.model
    def _check_conflict(self, message, obj):
        """Two sides that keep changing the same record need a person, and so does one that is not listened to."""
        sync = self.env["finance.master.sync"]._row(message.connection_id, obj.domain)
        if not sync.receive or message.data.get("again", 0) >= MOST_CONFLICTS:
            raise RejectedError(
                self.env._(
                    "%(name)s was changed at %(connection)s meanwhile, so our change was not taken there.",
                    name=obj.external_id,
                    connection=message.connection_id.name,
                ),
                reason="master_conflict",
            )

    @api.model
    def _settle(self, message, answer):
        told, said = answer
        obj = parse(said)
        document = (message.res_model, message.res_id)
        if told.theirs is not None:
            self._first_theirs_then_ours(message, obj, told)
            return Done(result={"external_id": told.external_id, "conflict": True}, documents=(document,))
        self.env["finance.master"]._of(obj.domain)._named(
            message.connection_id, told.external_id, message.res_model, message.res_id, message
        )
        if told.revision:
            self.env["finance.master.known"]._note(message.connection_id, obj, told.revision)
        return Done(result={"external_id": told.external_id}, documents=(document,))

    @api.model
    def _first_theirs_then_ours(self, message, obj, told):
        """The record has changed over there: that change is judged by the policies, then ours is sent as it is then."""
        sync = self.env["finance.master.sync"]._row(message.connection_id, obj.domain)
        theirs = self.env["finance.handler.master.in"]._change_envelope(
            message, obj.domain, told.external_id, told.revision, told.theirs
        )
        self.env["finance.message"]._enqueue(sync._flow("receive"), [theirs])
        self.env["finance.message"]._enqueue(
            message.flow_id,
            [
                Envelope(
                    subject=message.subject,
                    data={"domain": obj.domain, "again": message.data.get("again", 0) + 1},
                    # behind theirs
                    order_key=theirs.order_key,
                    parent_id=message.id,
                    res_model=message.res_model,
                    res_id=message.res_id,
                )
            ],
        )

    @api.model
    def _settle_by_hand(self, message, reference):
        # OVERRIDE: the number of the other side is what makes the record known there
        if not reference:
            raise UserError(self.env._("Give what the other system calls the record now."))
        said = dataclasses.replace(self._object(message), external_id=reference)
        return self._settle(message, (Told(external_id=reference), said.to_dict()))


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
    def _send_master(self, connection, obj, *, key, revision=None):
        """Tell the other side what a record is now (``active`` False: archive it).

        Sent twice with one key it must change nothing the second time; ``source_id`` is what an object
        without ``external_id`` is recognised by.

        :param obj: a :class:`~..canonical.Canonical`
        :param key: idempotency key of this change; an adapter that can say later who made a change gives it
            back in ``_master_changes``
        :param revision: the state over there that we know; where it is another one by now, nothing is
            written and ``Told.theirs`` says what is there. None: not known
        :return: a :class:`~..canonical.Told`
        :raise FinanceError: see ``engine/errors.py``
        """
        raise NotImplementedError(self._name)
