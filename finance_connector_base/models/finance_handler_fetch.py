from datetime import timedelta

from odoo import api, models

from ..engine.envelope import Envelope
from ..engine.outcome import Done

#: a run that reaches one of these queues the next run and ends, so that a transaction stays small
MAX_FILES = 200
MAX_BYTES = 256 << 20
#: seconds until a file seen for the first time is looked at again
SETTLE_SECONDS = 5


class FinanceHandlerFetch(models.AbstractModel):
    """One look at what waits on the other side.

    The bytes are stored and queued first; only after that is committed the file is moved
    away there. Whatever happens in between, the next run sees the file again and knows it by
    its content. A file is taken when its size and time did not change between two looks, so
    an upload in progress is never cut off.
    """

    _name = "finance.handler.fetch"
    _inherit = "finance.handler"
    _description = "Fetch Run"

    @api.model
    def _handle(self, message):
        flow = message.flow_id.sudo()  # sudo: works for the system, limited to the flow of the message
        connection = flow.connection_id
        adapter = connection._adapter()
        seen_before = flow.fetch_seen or {}
        seen_now, envelopes, stamps = {}, [], {}
        unsettled = is_cut = False
        total = 0
        for remote in adapter._fetch_files(connection, flow):
            if len(envelopes) >= MAX_FILES or total >= MAX_BYTES:
                is_cut = True
                break
            seen_now[remote.name] = remote.stamp
            if seen_before.get(remote.name) != remote.stamp:
                unsettled = True
                continue
            with remote.open() as stream:
                payload = self.env["finance.payload"]._store(
                    stream,
                    company=connection.company_id,
                    name=remote.name,
                    max_bytes=connection.max_file_mb << 20,
                )
            if payload.size != remote.size:
                # still growing under our hands; what was read is thrown away with this look
                payload.unlink()
                unsettled = True
                continue
            total += payload.size
            envelopes.append(self._envelope(message, remote, payload))
            stamps[remote.name] = remote.stamp
        messages = self.env["finance.message"]._enqueue(flow, envelopes) if envelopes else message.browse()
        flow.write({"fetch_seen": seen_now, "last_fetch_at": self.env.cr.now()})
        if unsettled or is_cut:
            self._look_again(flow, is_cut)
        duplicates = len(messages.filtered("duplicate_of_id"))
        return Done(
            result={"files": len(stamps), "known_already": duplicates, "still_arriving": unsettled},
            after_commit=(lambda: adapter._archive_files(connection, flow, stamps)) if stamps else None,
        )

    @api.model
    def _envelope(self, message, remote, payload):
        return Envelope(
            subject=remote.name,
            payload_id=payload.id,
            dedupe_key=f"sha256:{payload.sha256}",
            content_hash=payload.sha256,
            parent_id=message.id,
        )

    @api.model
    def _look_again(self, flow, at_once):
        delay = timedelta(seconds=0 if at_once else SETTLE_SECONDS)
        self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(
                    kind="fetch",
                    subject=self.env._("Fetch: %s", flow.name),
                    not_before=self.env.cr.now() + delay,
                    priority=max(flow.priority - 1, 0),
                    order_key=f"fetch:{flow.id}",
                )
            ],
        )
