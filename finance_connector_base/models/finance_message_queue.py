import json
import uuid

from odoo import api, models
from odoo.tools import SQL

from ..engine import states

#: rows per INSERT statement
PAGE = 1000

_COLUMNS = (
    "subject",
    "kind",
    "flow_id",
    "connection_id",
    "company_id",
    "state",
    "priority",
    "next_at",
    "order_key",
    "dedupe_key",
    "content_hash",
    "correlation_id",
    "schema_version",
    "data",
    "payload_id",
    "parent_id",
    "replay_of_id",
    "duplicate_of_id",
    "res_model",
    "res_id",
    "reason_code",
    "detail",
    "create_uid",
    "write_uid",
)


class FinanceMessageQueue(models.Model):
    """The only way into the queue."""

    _inherit = "finance.message"

    @api.model
    def _enqueue(self, flow, envelopes):
        """Write messages as part of the current transaction; a rollback sends nothing.

        One multi-row INSERT per thousand messages. A message whose identity (``dedupe_key``)
        the flow already has is kept as ``ignored`` and points at the first one; the same
        identity with another content is ``held`` as a conflict.

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
        ids = [None] * len(envelopes)
        pending = list(enumerate(envelopes))
        for start in range(0, len(pending), PAGE):
            self._enqueue_page(flow, pending[start : start + PAGE], ids)
        self.env["finance.dispatcher"]._wake()
        return self.browse(ids)

    @api.model
    def _enqueue_page(self, flow, numbered, ids):
        first_of_key = {}
        fresh, repeated = [], []
        for number, envelope in numbered:
            key = envelope.dedupe_key
            if key is not None and key in first_of_key:
                repeated.append((number, envelope))
            else:
                if key is not None:
                    first_of_key[key] = number
                fresh.append((number, envelope))
        known = self._known_keys(flow, list(first_of_key))
        repeated += [(n, e) for n, e in fresh if e.dedupe_key in known]
        fresh = [(n, e) for n, e in fresh if e.dedupe_key not in known]
        for (number, envelope), message_id in zip(
            fresh, self._insert(flow, [self._row(flow, envelope) for _number, envelope in fresh]), strict=True
        ):
            ids[number] = message_id
            if envelope.dedupe_key is not None:
                known[envelope.dedupe_key] = (message_id, envelope.content_hash)
        rows = [self._duplicate_row(flow, envelope, *known[envelope.dedupe_key]) for _number, envelope in repeated]
        for (number, _envelope), message_id in zip(repeated, self._insert(flow, rows), strict=True):
            ids[number] = message_id
        conflicts = [message_id for message_id, row in zip((ids[n] for n, _e in repeated), rows, strict=True)
                     if row["state"] == states.HELD]  # fmt: skip
        for message in self.browse(conflicts):
            self.env["finance.exception"]._raise_for(
                message, reason="identity_conflict", error_class="data", detail=message.detail
            )

    @api.model
    def _known_keys(self, flow, keys):
        if not keys:
            return {}
        self.env.cr.execute(
            SQL(
                "SELECT dedupe_key, id, content_hash FROM finance_message WHERE flow_id = %s AND dedupe_key = ANY(%s)",
                flow.id,
                keys,
            )
        )
        return {key: (message_id, content_hash) for key, message_id, content_hash in self.env.cr.fetchall()}

    @api.model
    def _row(self, flow, envelope):
        return {
            "subject": envelope.subject,
            "kind": envelope.kind,
            "flow_id": flow.id,
            "connection_id": flow.connection_id.id,
            "company_id": flow.company_id.id,
            "state": states.QUEUED,
            "priority": flow.priority if envelope.priority is None else envelope.priority,
            "next_at": envelope.not_before,
            "order_key": envelope.order_key,
            "dedupe_key": envelope.dedupe_key,
            "content_hash": envelope.content_hash,
            "correlation_id": envelope.correlation_id or uuid.uuid4().hex,
            "schema_version": flow.schema_version,
            "data": json.dumps(envelope.data) if envelope.data else None,
            "payload_id": envelope.payload_id,
            "parent_id": envelope.parent_id,
            "replay_of_id": envelope.replay_of_id,
            "duplicate_of_id": None,
            "res_model": envelope.res_model,
            "res_id": envelope.res_id,
            "reason_code": None,
            "detail": None,
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
        }

    @api.model
    def _duplicate_row(self, flow, envelope, first_id, first_hash):
        row = self._row(flow, envelope)
        row["duplicate_of_id"] = first_id
        row["dedupe_key"] = None
        if first_hash and envelope.content_hash and first_hash != envelope.content_hash:
            row["state"] = states.HELD
            row["reason_code"] = "identity_conflict"
            row["detail"] = self.env._(
                "Message %(first)s arrived earlier under the same identity with another content. "
                "The first one stands; ask the sender which is right.",
                first=first_id,
            )
        else:
            row["state"] = states.IGNORED
            row["reason_code"] = "duplicate"
            row["detail"] = self.env._("The same content was received before as message %s.", first_id)
        return row

    @api.model
    def _insert(self, flow, rows):
        """Insert rows and their birth transitions; :return: their ids in the same order."""
        if not rows:
            return []
        columns = [column for column in _COLUMNS if column != "next_at"]
        template = (
            "("
            + ", ".join("%s::jsonb" if column == "data" else "%s" for column in columns)
            + ", COALESCE(%s::timestamp, now() AT TIME ZONE 'UTC'), now() AT TIME ZONE 'UTC',"
            + " now() AT TIME ZONE 'UTC', 0, 0, CASE WHEN %s = 'ignored' THEN now() AT TIME ZONE 'UTC' END)"
        )
        query = (
            f"INSERT INTO finance_message ({', '.join(columns)}, next_at, create_date, write_date,"
            " attempt_count, crash_count, closed_at) VALUES %s RETURNING id"
        )
        values = [(*(row[column] for column in columns), row["next_at"], row["state"]) for row in rows]
        ids = [row[0] for row in self.env.cr.execute_values(query, values, template, page_size=PAGE, fetch=True)]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO finance_message_transition (message_id, flow_id, before, after, at, user_id, note)
                SELECT id, flow_id, NULL, state, create_date, create_uid, reason_code
                  FROM finance_message WHERE id = ANY(%s) ORDER BY id
                """,
                ids,
            )
        )
        return ids

    def _set_state(self, after, *, note=None, **columns):
        """Move messages that no worker holds to another state, with a transition row each.

        :param str after: new state; checked against ``engine/states.py``
        :param str note: short reason for the timeline
        :param columns: further columns to write
        """
        for message in self:
            states.check(message.state, after)
        if not self:
            return
        values = {
            "state": after,
            "closed_at": self.env.cr.now() if after in states.FINAL else False,
            "worker_id": False,
            **columns,
        }
        befores = {message.id: message.state for message in self}
        flows = {message.id: message.flow_id.id for message in self}
        # sudo: nobody may write messages directly; the caller has checked role and company
        self.sudo().write(values)
        self.sudo().flush_recordset()
        self.env.cr.execute_values(
            """
            INSERT INTO finance_message_transition (message_id, flow_id, before, after, at, user_id, note)
            VALUES %s
            """,
            [
                (message_id, flows[message_id], before, after, self.env.uid, note)
                for message_id, before in befores.items()
            ],
            template="(%s, %s, %s, %s, clock_timestamp() AT TIME ZONE 'UTC', %s, %s)",
        )
        self.invalidate_recordset(["transition_ids"])

    @api.model
    def _resume_waiting(self, *waiting_keys):
        """Let everything go on that was held for one of these causes.

        Call it from the code that fixes the cause (a mapping approved, an account linked, a
        period opened), in the same transaction.

        :return: the messages resumed
        """
        if not waiting_keys:
            return self.browse()
        # sudo: the fix may be made by a role that cannot see every message that waits for it
        waiting = self.sudo().search([("state", "=", states.HELD), ("waiting_key", "in", list(waiting_keys))])
        if waiting:
            waiting._set_state(
                states.QUEUED,
                note=self.env._("cause fixed"),
                next_at=self.env.cr.now(),
                waiting_key=False,
                attempt_count=0,
            )
            waiting.exception_ids._close("resumed")
            self.env["finance.dispatcher"]._wake()
        return waiting
