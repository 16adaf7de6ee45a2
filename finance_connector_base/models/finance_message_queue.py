import uuid

from odoo import api, models

from ..engine import states
from ..engine.text import printable, to_json
from ..engine.work import current_work, is_correlation_id
from ..safe.masking import mask_text

#: rows per statement
PAGE = 1000

#: column -> how its array is written; the order is that of the INSERT
_COLUMNS = {
    "id": "int",
    "subject": "text",
    "kind": "text",
    "state": "text",
    "priority": "int",
    "not_before": "timestamp",
    "delay": "float8",
    "order_key": "text",
    "dedupe_key": "text",
    "content_hash": "text",
    "business_key": "text",
    "sequence": "int",
    "is_compared": "bool",
    "by_hand": "bool",
    "correlation_id": "text",
    "data": "text",
    "payload_id": "int",
    "parent_id": "int",
    "replay_of_id": "int",
    "duplicate_of_id": "int",
    "res_model": "text",
    "res_id": "int",
    "reason_code": "text",
    "detail": "text",
    "error_class": "text",
}
_CONSTANTS = ("flow_id", "connection_id", "company_id", "schema_version", "create_uid", "write_uid")
_COMPUTED = ("not_before", "delay", "data")
_PLAIN = tuple(column for column in _COLUMNS if column not in _COMPUTED)

# A row that another transaction has inserted under the same identity since our snapshot makes
# ON CONFLICT fail with 40001 (a plain INSERT would fail with 23505, which nobody retries).
INSERT = f"""
    WITH written AS (
        INSERT INTO finance_message
               ({", ".join(_PLAIN)}, {", ".join(_CONSTANTS)}, data, next_at, create_date, write_date,
                attempt_count, crash_count, closed_at)
        SELECT {", ".join(f"t.{column}" for column in _PLAIN)}, {", ".join(f"%({name})s" for name in _CONSTANTS)},
               t.data::jsonb,
               COALESCE(t.not_before, (clock_timestamp() AT TIME ZONE 'UTC') + t.delay * interval '1 second',
                        now() AT TIME ZONE 'UTC'),
               now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', 0, 0,
               CASE WHEN t.state = 'ignored' THEN now() AT TIME ZONE 'UTC' END
          FROM unnest({", ".join(f"%({column})s::{kind}[]" for column, kind in _COLUMNS.items())})
            AS t({", ".join(_COLUMNS)})
            ON CONFLICT (flow_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
        RETURNING id, flow_id, state, create_uid, reason_code)
    INSERT INTO finance_message_transition (message_id, flow_id, before, after, at, user_id, note)
    SELECT id, flow_id, NULL, state, now() AT TIME ZONE 'UTC', create_uid, reason_code FROM written
"""


class FinanceMessageQueue(models.Model):
    """The only way into the queue."""

    _inherit = "finance.message"

    @api.model
    def _enqueue(self, flow, envelopes):
        """Write messages as part of the current transaction; a rollback sends nothing.

        One INSERT per thousand messages. A message whose identity (``dedupe_key``) the flow
        already has is kept as ``ignored`` and points at the first one; the same identity with
        another content is ``held`` as a conflict.

        A concurrent transaction that inserts the same identity makes this one fail with a
        serialization error. Do not catch it: Odoo's and the dispatcher's own retry run the
        whole transaction again, on a snapshot that sees the other row.

        :param flow: one ``finance.flow``
        :param envelopes: list of :class:`~..engine.envelope.Envelope`
        :return: the messages, in the order of ``envelopes``
        """
        flow.ensure_one()
        flow = flow.sudo()  # sudo: whoever runs the business transaction need not be allowed to read the flow
        flow.flush_recordset()
        ids = []
        for start in range(0, len(envelopes), PAGE):
            ids += self._enqueue_page(flow, envelopes[start : start + PAGE])
        self.env["finance.dispatcher"]._wake()
        return self.browse(ids)

    @api.model
    def _enqueue_page(self, flow, envelopes):
        first = self._known_identities(flow, {e.dedupe_key for e in envelopes if e.dedupe_key is not None})
        rows = []
        for message_id, envelope in zip(self._next_ids(len(envelopes)), envelopes, strict=True):
            row = self._row(flow, envelope, message_id)
            key = envelope.dedupe_key
            if key is not None and key in first:
                row.update(self._duplicate_columns(envelope, *first[key]))
            elif key is not None:
                first[key] = (message_id, envelope.content_hash)
            rows.append(row)
        keys = self.env["finance.duplicate.key"]._write_for(flow, rows, envelopes)
        self._seal_rows(flow, rows)
        self._insert(flow, rows)
        self.env["finance.duplicate.key"]._insert(keys)
        for row in rows:
            if row["state"] == states.HELD:
                self.env["finance.exception"]._raise_for(
                    self.browse(row["id"]),
                    reason=row["reason_code"],
                    error_class=row["error_class"],
                    detail=row["detail"],
                )
        return [row["id"] for row in rows]

    @api.model
    def _seal_rows(self, flow, rows):
        """Seal the content of new messages, all by one data key."""
        filled = [row for row in rows if row["data"]]
        keys = self.env["finance.content.key"]
        connection = flow.connection_id
        if filled and (close := keys._sealer(flow.company_id.id, connection.environment)):
            for row in filled:
                place = keys._place("finance.message", row["id"], "data", flow.company_id.id, connection.id)
                row["data"] = close(row["data"], place)

    @api.model
    def _known_identities(self, flow, keys):
        """:return: dict identity -> (id, content hash) of the messages the flow has"""
        if not keys:
            return {}
        self.env.cr.execute(
            "SELECT dedupe_key, id, content_hash FROM finance_message WHERE flow_id = %s AND dedupe_key = ANY(%s)",
            (flow.id, list(keys)),
        )
        return {key: (message_id, content_hash) for key, message_id, content_hash in self.env.cr.fetchall()}

    @api.model
    def _next_ids(self, count):
        # drawn beforehand: the order in which RETURNING gives rows back is nowhere promised
        self.env.cr.execute("SELECT nextval('finance_message_id_seq') FROM generate_series(1, %s)", (count,))
        return sorted(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _row(self, flow, envelope, message_id):
        work = current_work.get()
        correlation_id = envelope.correlation_id
        if correlation_id is None and work:
            # what a message causes belongs to its business transaction
            correlation_id = work.correlation_id
        if not is_correlation_id(correlation_id):
            # a sender's id that could forge log lines or headers is not taken over
            correlation_id = uuid.uuid4().hex
        return {
            "id": message_id,
            "subject": printable(envelope.subject),
            "kind": envelope.kind,
            "state": states.QUEUED,
            "priority": flow.priority if envelope.priority is None else envelope.priority,
            "not_before": envelope.not_before,
            "delay": envelope.delay,
            "order_key": envelope.order_key,
            "dedupe_key": envelope.dedupe_key,
            "content_hash": envelope.content_hash,
            "business_key": envelope.business_key,
            "sequence": envelope.sequence,
            "is_compared": False,
            # what a file by hand holds does not wait for the channel either
            "by_hand": envelope.by_hand or bool(work and work.by_hand and flow.direction == "in"),
            "correlation_id": correlation_id,
            "data": to_json(envelope.data) if envelope.data else None,
            "payload_id": envelope.payload_id,
            "parent_id": envelope.parent_id,
            "replay_of_id": envelope.replay_of_id,
            "duplicate_of_id": None,
            "res_model": envelope.res_model,
            "res_id": envelope.res_id,
            "reason_code": None,
            "detail": None,
            "error_class": None,
        }

    @api.model
    def _duplicate_columns(self, envelope, first_id, first_hash):
        columns = {"duplicate_of_id": first_id, "dedupe_key": None, "error_class": "data"}
        if first_hash and envelope.content_hash and first_hash != envelope.content_hash:
            return {
                **columns,
                "state": states.HELD,
                # the first one stands, so nothing waits behind the second
                "order_key": None,
                "reason_code": "identity_conflict",
                "detail": self.env._(
                    "Message %(first)s arrived earlier under the same identity with another content. "
                    "The first one stands; ask the sender which is right.",
                    first=first_id,
                ),
            }
        return {
            **columns,
            "state": states.IGNORED,
            "reason_code": "duplicate",
            "detail": self.env._("The same content was received before as message %s.", first_id),
        }

    @api.model
    def _insert(self, flow, rows):
        """Insert rows and their birth transitions."""
        values = {column: [row[column] for row in rows] for column in _COLUMNS}
        values.update(
            flow_id=flow.id,
            connection_id=flow.connection_id.id,
            company_id=flow.company_id.id,
            schema_version=flow.schema_version,
            create_uid=self.env.uid,
            write_uid=self.env.uid,
        )
        # content of messages must not get into the log when a statement fails
        self.env.cr.execute(INSERT, values, log_exceptions=False)

    # -- moves made outside the dispatcher -------------------------------------------------

    def _set_state(self, after, *, note=None, **columns):
        """Move messages that no worker holds to another state, with a transition row each.

        :param str after: new state; checked against ``engine/states.py``
        :param str note: short reason for the timeline
        :param columns: further columns to write
        """
        messages = self.sudo()  # sudo: nobody may write messages directly; the caller has checked role and company
        if columns.get("detail"):
            # read by people who may not see content
            columns["detail"] = mask_text(columns["detail"])
        befores = [(message.id, message.flow_id.id, message.state) for message in messages]
        for _message_id, _flow_id, before in befores:
            states.check(before, after)
        if not befores:
            return
        messages.write(
            {
                "state": after,
                "closed_at": self.env.cr.now() if after in states.FINAL else False,
                "worker_id": False,
                **columns,
            }
        )
        messages.flush_recordset()
        self.env.cr.execute_values(
            """
            INSERT INTO finance_message_transition (message_id, flow_id, before, after, at, user_id, note)
            VALUES %s
            """,
            [(message_id, flow_id, before, after, self.env.uid, note) for message_id, flow_id, before in befores],
            template="(%s, %s, %s, %s, clock_timestamp() AT TIME ZONE 'UTC', %s, %s)",
        )
        self.invalidate_recordset(["transition_ids"])

    @api.model
    def _resume_waiting(self, *waiting_keys):
        """Let everything go on that was held for one of these causes, messages and runs of processes.

        Call it from the code that fixes the cause (a mapping approved, an account linked, a
        period opened), in the same transaction.

        :return: the messages resumed now; one that is being held for the cause at this very
            moment follows by itself (see ``finance.waiting.key``)
        """
        if not waiting_keys:
            return self.browse()
        self.env["finance.waiting.key"].sudo()._fixed(waiting_keys)  # sudo: internal rows without access rights
        # sudo: the fix may be made by a role that cannot see every message that waits for it
        waiting = self.sudo().search([("state", "=", states.HELD), ("waiting_key", "in", list(waiting_keys))])
        waiting._resume()
        self.env["finance.process.run"]._resume_waiting(waiting_keys)
        self.env["finance.dispatcher"]._wake()
        return waiting

    def _resume(self):
        """Put held messages back into the queue because their cause is fixed."""
        self._set_state(
            states.QUEUED,
            note=self.env._("cause fixed"),
            next_at=self.env.cr.now(),
            waiting_key=False,
            attempt_count=0,
        )
        self.exception_ids._close("resumed")
        self.env["finance.dispatcher"]._wake()
