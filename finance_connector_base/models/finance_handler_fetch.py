import time
import uuid
from collections import Counter
from dataclasses import replace

from odoo import api, models

from ..engine import states
from ..engine.envelope import Envelope
from ..engine.errors import TransientError
from ..engine.outcome import Done
from ..engine.text import printable
from ..transports import checksums
from ..transports.files import FileUnreadable
from .finance_payload import PayloadTooLarge

#: a run that reaches one of these queues the next run and ends, so that a transaction stays small
MAX_FILES = 200
MAX_BYTES = 256 << 20
#: seconds between the two looks at a file that was not there, or was different, the last time
SETTLE_SECONDS = 3
#: seconds until a file that still changed between the two looks is looked at again
GROWING_SECONDS = 30
#: seconds for which a file may wait for its checksum or for the file that says that it is complete
INCOMPLETE_SECONDS = 3600
#: in place of the outcome of a file that a second look found as it was
REFUSED = "refused"


class FinanceHandlerFetch(models.AbstractModel):
    """One look at what waits on the other side.

    The bytes are stored and queued first; only after that is committed the file is moved
    away there. Whatever happens in between, the next run sees the file again and knows it: by
    its name, size and time if it could not be moved away, by its content in any case. A file
    is taken when its size and time did not change between two looks, so an upload in
    progress is never cut off; where the sender delivers checksums or says when a file is
    complete, that is waited for and compared. A wrong checksum that stays wrong puts the file
    into the folder for refused ones.
    """

    _name = "finance.handler.fetch"
    _inherit = "finance.handler"
    _description = "Fetch Run"

    @api.model
    def _handle(self, message):
        flow = message.flow_id
        connection = flow.connection_id
        adapter = connection._adapter()
        planned = self.env[flow.handler]._plan_fetch(message) if flow.handler in self.env else None
        if planned is not None:
            self._settle_earlier(message, [("kind", "=", "fetch")])
            return planned
        known = flow._cursor("files") or {}
        before = self._look(adapter, connection, flow, known)
        seen, taken, refused, counts = {}, {}, {}, Counter()
        total = 0
        for remote in adapter._fetch_files(connection, flow) if before else ():
            name = printable(remote.name)
            if total >= MAX_BYTES or len(taken) >= MAX_FILES or counts["interrupted"]:
                outcome = "waiting"
            elif before.get(remote.name) != remote.stamp:
                outcome = "growing"
            elif known.get(name) == [*remote.stamp, "taken"]:
                # could not be moved away the last time
                outcome = "known_already"
            elif known.get(name) == [*remote.stamp, "too_large", connection.max_file_mb]:
                outcome = "too_large"
            elif known.get(name) == [*remote.stamp, REFUSED]:
                # could not be moved away the last time
                outcome = REFUSED
            elif remote.lacks:
                seen[name] = self._wait_for_companion(message, remote, known.get(name))
                outcome = "incomplete"
            else:
                outcome = self._take(message, connection, remote, is_first=not taken)
                total += remote.size
                self.env["finance.dispatcher"]._heartbeat()
            if outcome == "doubtful":
                # the checksum itself may be on its way: a second look decides
                is_sure = known.get(name) == [*remote.stamp, "doubtful"]
                seen[name] = [*remote.stamp, REFUSED if is_sure else "doubtful"]
                outcome = REFUSED if is_sure else "growing"
                if is_sure:
                    self._refuse_checksum(message, connection, remote)
            counts[outcome] += 1
            if outcome == REFUSED:
                refused |= {remote.name: remote.stamp, **remote.companions}
                seen[name] = [*remote.stamp, REFUSED]
            if outcome in ("files", "known_already"):
                taken |= {remote.name: remote.stamp, **remote.companions}
                seen[name] = [*remote.stamp, "taken"]
            elif outcome == "too_large":
                # not read again before the file or the limit changes
                seen[name] = [*remote.stamp, "too_large", connection.max_file_mb]
            elif outcome == "waiting":
                seen[name] = known.get(name) or remote.stamp
        flow._set_cursor("files", seen)
        if counts["growing"] or counts["waiting"] or counts["interrupted"]:
            at_once = counts["waiting"] and not counts["interrupted"]
            self._look_again(flow, 0.0 if at_once else GROWING_SECONDS)
        self._settle_earlier(message, [("kind", "=", "fetch")])
        return Done(
            result=dict(counts),
            after_commit=(lambda: self._clear_away(adapter, connection, flow, taken, refused))
            if taken or refused
            else None,
        )

    @api.model
    def _clear_away(self, adapter, connection, flow, taken, refused):
        if refused:
            adapter._reject_files(connection, flow, refused)
        if taken:
            adapter._archive_files(connection, flow, taken)

    @api.model
    def _look(self, adapter, connection, flow, known):
        """First of the two looks.

        :return: dict name -> stamp that a file must still have when it is taken
        """
        now = {remote.name: remote.stamp for remote in adapter._fetch_files(connection, flow)}
        if any((known.get(printable(name)) or [])[:2] != stamp for name, stamp in now.items()):
            time.sleep(SETTLE_SECONDS)
        return now

    @api.model
    def _take(self, message, connection, remote, *, is_first):
        """Store and queue one file.

        :return: what came of it: ``files``, ``known_already``, ``growing``, ``too_large``, ``unreadable``,
            ``interrupted``, or ``doubtful``: it is not what its checksum says
        """
        limit = connection.max_file_mb << 20
        try:
            if remote.size > limit:
                raise PayloadTooLarge(remote.size)
            algorithm, expected = self._expected(remote)
            with self.env.cr.savepoint(), remote.open() as opened:
                stream = checksums.Digesting(opened, algorithm) if algorithm else opened
                payload = self.env["finance.payload"]._store(
                    stream, company=connection.company_id, name=printable(remote.name), max_bytes=limit
                )
                if payload.size != remote.size:
                    raise _StillGrowing
                # public: both come from the same sender, in clear
                if algorithm and stream.hexdigest() != expected:
                    raise _Doubtful
                return self._queue(message, remote, payload)
        except PayloadTooLarge as error:
            detail = self.env._(
                "%(name)s has at least %(size)s MB, the connection accepts %(limit)s MB. It stays on the other side.",
                name=printable(remote.name),
                size=error.size >> 20,
                limit=connection.max_file_mb,
            )
            self._refuse(message, remote, "file_too_large", detail)
            return "too_large"
        except FileUnreadable as error:
            self._refuse(message, remote, "file_unreadable", str(error))
            return "unreadable"
        except _StillGrowing:
            return "growing"
        except _Doubtful:
            return "doubtful"
        except TransientError:
            if is_first:
                raise
            # keep what came before the line was cut
            return "interrupted"

    @api.model
    def _expected(self, remote):
        """:return: (algorithm, checksum that was delivered), or two empty texts where there is none
        :raise _Doubtful: it cannot be read
        """
        if not remote.checksum:
            return "", ""
        algorithm = checksums.algorithm_of(remote.checksum)
        with remote.open_checksum() as stream:
            content = stream.read(checksums.MOST_BYTES)
        try:
            return algorithm, checksums.read_checksum(content, remote.name, algorithm)
        except ValueError:
            raise _Doubtful from None

    @api.model
    def _wait_for_companion(self, message, remote, known):
        """A file whose checksum, or the file that says complete, is not there yet; :return: what is remembered of it"""
        now = int(self.env.cr.now().timestamp())
        is_known = known and known[:3] == [*remote.stamp, "incomplete"]
        since = known[3] if is_known else now
        if now - since >= INCOMPLETE_SECONDS:
            detail = (
                self.env._("%s waits for the file that says that it is complete.", printable(remote.name))
                if remote.lacks == "marker"
                else self.env._("%s waits for its checksum.", printable(remote.name))
            )
            self._refuse(message, remote, "file_incomplete", detail)
        return [*remote.stamp, "incomplete", since]

    @api.model
    def _refuse_checksum(self, message, connection, remote):
        place = (
            self.env._("It was put into the folder %s.", connection.file_rejected)
            if connection.file_rejected
            else self.env._("It stays where it is.")
        )
        detail = self.env._(
            "%(name)s is not what %(checksum)s says: it is damaged, or the checksum is of another file. %(place)s",
            name=printable(remote.name),
            checksum=printable(remote.checksum),
            place=place,
        )
        self._refuse(message, remote, "file_checksum_wrong", detail)

    @api.model
    def _queue(self, message, remote, payload):
        messages = self.env["finance.message"]
        envelope = self._envelope(message, remote, payload)
        first = messages._known_identities(message.flow_id, {envelope.dedupe_key}).get(envelope.dedupe_key)
        if first:
            # the same bytes under another name: they are not kept twice
            payload.unlink()
            envelope = replace(envelope, payload_id=messages.browse(first[0]).payload_id.id)
        messages._enqueue(message.flow_id, [envelope])
        # what was refused under this name has come as it should
        self._settle_earlier(
            message,
            [
                ("subject", "=", printable(remote.name)),
                ("reason_code", "in", ("file_checksum_wrong", "file_incomplete")),
            ],
        )
        return "known_already" if first else "files"

    @api.model
    def _envelope(self, message, remote, payload):
        return Envelope(
            subject=remote.name,
            payload_id=payload.id,
            dedupe_key=f"sha256:{payload.sha256}",
            content_hash=payload.sha256,
            business_key=self.env[message.flow_id.handler]._file_business_key(
                message.flow_id, printable(remote.name), payload
            ),
            parent_id=message.id,
            # each file begins a business transaction of its own
            correlation_id=uuid.uuid4().hex,
        )

    @api.model
    def _refuse(self, message, remote, reason, detail):
        """A file that cannot be taken stays where it is, as one exception; the others go on."""
        messages = self.env["finance.message"]
        key = f"{reason}:{printable(remote.name)}:{remote.size}:{remote.modified}"
        if messages._known_identities(message.flow_id, {key}):
            return
        refused = messages._enqueue(
            message.flow_id,
            [Envelope(subject=remote.name, dedupe_key=key, parent_id=message.id, correlation_id=uuid.uuid4().hex)],
        )
        refused._set_state(states.HELD, note=reason, reason_code=reason, error_class="data", detail=detail)
        self.env["finance.exception"]._raise_for(refused, reason=reason, error_class="data", detail=detail)

    @api.model
    def _look_again(self, flow, delay):
        self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(
                    kind="fetch",
                    subject=self.env._("Fetch: %s", flow.name),
                    delay=delay,
                    priority=max(flow.priority - 1, 0),
                    order_key=f"fetch:{flow.id}",
                    correlation_id=uuid.uuid4().hex,
                )
            ],
        )


class _StillGrowing(Exception):
    """What was read is thrown away with this look."""


class _Doubtful(Exception):
    """What was read is not what its checksum says."""
