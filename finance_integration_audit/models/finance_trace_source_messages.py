from datetime import timedelta

from odoo import api, models

from odoo.addons.finance_connector_base.engine import states

from ..lineage.hops import BAD, GOOD, PLAIN, WAITS, Gap, Hop

#: how long something may wait in the queue before it is late
PATIENCE = timedelta(minutes=15)
#: documents of a message; one with more is a collection
FEW = 8
_TONES = {states.DONE: GOOD, states.IGNORED: PLAIN, states.HELD: BAD, states.DEAD: BAD, states.UNKNOWN: BAD}


class FinanceTraceSourceMessages(models.AbstractModel):
    """Messages with every change of state and every attempt, and with the rules that were applied (A-04)."""

    _name = "finance.trace.source.messages"
    _description = "Trace: Messages"
    _inherit = ["finance.trace.source"]
    _traced = ("finance.message",)
    _stage = 60
    _references = (
        "correlation_id",
        "business_key",
        "dedupe_key",
        "subject",
        "payload_id.name",
        "payload_id.sha256",
    )

    @api.model
    def _links(self, records):
        traced = self._all()
        for message in records:
            yield message, message.parent_id | message.duplicate_of_id | message.replay_of_id, False
            yield message, message.child_ids, len(message.child_ids) > FEW
            repeated = (
                self.env["finance.message"]
                .sudo()
                .search(  # sudo: shown as far as the reader may see them
                    ["|", ("duplicate_of_id", "=", message.id), ("replay_of_id", "=", message.id)], limit=FEW + 1
                )
            )
            yield message, repeated, len(repeated) > FEW
            documents = [(line.res_model, line.res_id) for line in message.document_ids]
            if message.res_id:
                documents.append((message.res_model, message.res_id))
            for model, res_id in documents:
                if model in traced:
                    yield message, self.env[model].browse(res_id), len(documents) > FEW

    @api.model
    def _back(self, records):
        # sudo: shown as far as the reader may see them
        lines = (
            self.env["finance.message.document"]
            .sudo()
            .search([("res_model", "=", records._name), ("res_id", "in", records.ids)])
        )
        for line in lines:
            yield records.browse(line.res_id), line.message_id, False
        # sudo: as above
        for message in (
            self.env["finance.message"]
            .sudo()
            .search([("res_model", "=", records._name), ("res_id", "in", records.ids)])
        ):
            yield records.browse(message.res_id), message, False

    @api.model
    def _tone(self, record):
        return _TONES.get(record.state, WAITS)

    @api.model
    def _hops(self, records):
        for message in records:
            system = message.connection_id.display_name
            versions = self._versions(message)
            for step in message.transition_ids:
                yield Hop(
                    key=(message._name, message.id),
                    at=step.at,
                    rank=60 + (step.before is not False),
                    title=self._title(message, step),
                    system=system,
                    state=self._label(step, "after"),
                    detail=step.explanation or "",
                    tone=_TONES.get(step.after, PLAIN),
                    person=step.user_id.name or "",
                    versions=versions if step.after == states.DONE else "",
                    has_payload=not step.before and bool(message.payload_size),
                )
            yield from self._attempts(message, system)

    @api.model
    def _attempts(self, message, system):
        for attempt in message.attempt_ids:
            # what succeeded at once is told by the change of state
            if attempt.outcome != states.DONE or message.attempt_count > 1:
                yield Hop(
                    key=(message._name, message.id),
                    at=attempt.started_at,
                    rank=62,
                    title=self.env._("Attempt %s", attempt.number),
                    system=system,
                    state=self._label(attempt, "outcome"),
                    detail=attempt.duration or "",
                    tone=GOOD if attempt.outcome == states.DONE else WAITS,
                )

    @api.model
    def _title(self, message, step):
        if step.before:
            return message.subject or message.flow_id.name
        if message.direction == "out":
            return self.env._("Written for sending: %s", message.subject or message.flow_id.name)
        return self.env._("Received: %s", message.subject or message.flow_id.name)

    @api.model
    def _versions(self, message):
        try:
            uses = message._mapping_uses()
        except ValueError:
            # versions without the codes they belong to, as very old messages have them
            return ", ".join(f"v{version}" for version in (message.mapping_versions or {}).values())
        return ", ".join(f"{mapping.domain_id.name or kind} {code} v{version}" for kind, code, mapping, version in uses)

    @api.model
    def _gaps(self, records):
        for message in records:
            if message.state in states.FINAL:
                continue
            needs = message.state in states.NEEDS_PERSON
            opened = message.sudo().exception_ids.filtered(lambda one: one.state == "open")[:1]  # sudo: its due time
            wait = max(filter(None, (message.next_at, message.create_date)))
            yield Gap(
                key=(message._name, message.id),
                title=self.env._("A person has to decide: %s", message.subject or "")
                if needs
                else self.env._("Not processed yet: %s", message.subject or ""),
                system=message.connection_id.display_name,
                due=opened.due_at if needs and opened.due_at else wait + PATIENCE,
                detail=message.reason_id.name or "",
            )
