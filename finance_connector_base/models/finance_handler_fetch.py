import time
from datetime import timedelta

from odoo import api, models

from ..engine import states
from ..engine.envelope import Envelope
from ..engine.outcome import Done

#: a run that reaches one of these queues the next run and ends, so that a transaction stays small
MAX_FILES = 200
MAX_BYTES = 256 << 20
#: seconds between the two looks at a file that was not there, or was different, the last time
SETTLE_SECONDS = 3


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
        before = self._look(adapter, connection, flow)
        seen_now, envelopes, stamps = {}, [], {}
        unsettled = is_cut = False
        total = 0
        for remote in adapter._fetch_files(connection, flow) if before else ():
            if len(envelopes) >= MAX_FILES or total >= MAX_BYTES:
                is_cut = True
                break
            seen_now[remote.name] = remote.stamp
            if before.get(remote.name) != remote.stamp:
                unsettled = True
                continue
            if remote.size > connection.max_file_mb << 20:
                self._refuse(flow, remote, connection.max_file_mb)
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
    def _look(self, adapter, connection, flow):
        """First of the two looks.

        :return: dict name -> stamp that a file must still have when it is taken
        """
        now = {remote.name: remote.stamp for remote in adapter._fetch_files(connection, flow)}
        # sudo: the memory of the last run is readable by nobody
        known = flow.sudo().fetch_seen or {}
        if any(known.get(name) != stamp for name, stamp in now.items()):
            time.sleep(SETTLE_SECONDS)
        return now

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
    def _refuse(self, flow, remote, limit):
        """A file above the limit stays where it is, as one exception; the others go on."""
        messages = self.env["finance.message"]
        key = f"too_large:{remote.name}:{remote.size}:{remote.modified}"
        if messages._known_keys(flow, [key]):
            return
        message = messages._enqueue(flow, [Envelope(subject=remote.name, dedupe_key=key)])
        detail = self.env._(
            "%(name)s has %(size)s MB, the connection accepts %(limit)s MB. It stays on the other side.",
            name=remote.name,
            size=remote.size >> 20,
            limit=limit,
        )
        message._set_state(states.HELD, reason_code="file_too_large", error_class="data", detail=detail)
        self.env["finance.exception"]._raise_for(message, reason="file_too_large", error_class="data", detail=detail)

    @api.model
    def _look_again(self, flow, at_once):
        delay = timedelta(seconds=0 if at_once else 30)
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
