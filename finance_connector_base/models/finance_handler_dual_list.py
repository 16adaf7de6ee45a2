from odoo import api, fields, models

from ..dual.lists import ListUnreadable, read
from ..engine.envelope import Envelope
from ..engine.errors import MalformedError
from ..engine.outcome import Done

#: largest list, in bytes
LARGEST = 64 << 20
#: messages queued at once
BATCH = 1000


class FinanceHandlerDualList(models.AbstractModel):
    """Takes what an interface outside of Odoo has done, as a list, to be compared in a dual run (B-51).

    Nothing is booked: each line becomes a message that counts as worked by the old side.
    """

    _name = "finance.handler.dual.list"
    _inherit = "finance.handler"
    _description = "Results of an Old Interface"
    _takes_files = True
    _is_comparable = True

    @api.model
    def _makes_others(self, message):
        return bool(message.payload_id)

    @api.model
    def _handle(self, message):
        if not message.payload_id:
            return Done()
        if message.payload_id.size > LARGEST:
            raise MalformedError(
                self.env._("The list is larger than %s MB. Bring it in parts.", LARGEST >> 20),
                reason="dual_list_broken",
            )
        with message.payload_id._open() as stream:
            try:
                lines = read(stream.read())
            except ListUnreadable as error:
                raise MalformedError(
                    self.env._("%(file)s cannot be compared: %(why)s.", file=message.subject, why=error),
                    reason="dual_list_broken",
                ) from None
        for start in range(0, len(lines), BATCH):
            self.env["finance.message"]._enqueue(
                message.flow_id,
                [
                    Envelope(
                        subject=self.env._("%(file)s, line %(number)s", file=message.subject, number=start + number),
                        data=line,
                        business_key=str(next(iter(line.values()), "")) or None,
                        parent_id=message.id,
                    )
                    for number, line in enumerate(lines[start : start + BATCH], start=1)
                ],
            )
        return Done(result={"lines": len(lines)})


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.dual.list", "Compare only: results of an old interface")],
        ondelete={"finance.handler.dual.list": "cascade"},
    )
