import dataclasses

from odoo import api, models

from ..canonical import ABSENT
from ..engine import states
from ..engine.envelope import Envelope
from ..engine.outcome import Done


class FinanceMaster(models.AbstractModel):
    """Records that point at each other, in any order: the record first, its link when the other is here."""

    _inherit = "finance.master"

    #: canonical fields with a link to the same domain that may be filled in later (a manager, a parent)
    _later = frozenset()

    @api.model
    def _apply(self, obj, connection, message=None, *, only=None):
        # EXTENDS
        if message is None or not self._later or not obj.external_id or self._is_later(message):
            return super()._apply(obj, connection, message, only=only)
        said = {name for name in self._later if getattr(obj, name) is not ABSENT}
        waiting = {
            name
            for name in said
            if (only is None or name in only) and getattr(obj, name) and not self._find(getattr(obj, name), connection)
        }
        outcome = super()._apply(
            dataclasses.replace(obj, **dict.fromkeys(waiting, ABSENT)), connection, message, only=only
        )
        self._withdraw_later(obj, said, connection)
        if waiting and isinstance(outcome, Done):
            self._fill_in_later(obj, sorted(waiting), connection, message)
        return outcome

    @api.model
    def _later_key(self, external_id, name):
        return f"master:{self._code()}:{external_id}:{name}"

    @api.model
    def _is_later(self, message):
        return (message.order_key or "").rpartition(":")[2] in self._later

    @api.model
    def _withdraw_later(self, obj, names, connection):
        """What was said of a link since takes the place of what still waits."""
        waiting = self.env["finance.message"].search(
            [
                ("connection_id", "=", connection.id),
                ("order_key", "in", [self._later_key(obj.external_id, name) for name in names]),
                ("state", "in", [states.HELD, states.QUEUED]),
            ]
        )
        if waiting:
            waiting._set_state(states.IGNORED, note="overtaken", waiting_key=False)
            waiting.exception_ids._close("resumed")

    @api.model
    def _fill_in_later(self, obj, names, connection, message):
        """A message of its own for each link: it waits until the other record is here, judged by the policies then."""
        self.env["finance.message"]._enqueue(
            message.flow_id,
            [
                Envelope(
                    subject=message.subject,
                    data=self._sealed(
                        type(obj)(external_id=obj.external_id, **{name: getattr(obj, name)}).to_dict(), connection
                    ),
                    order_key=self._later_key(obj.external_id, name),
                    parent_id=message.id,
                )
                for name in names
            ],
        )
