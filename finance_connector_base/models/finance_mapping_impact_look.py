from datetime import date

from odoo import fields, models
from odoo.tools import SQL

from ..engine import impact, ranking, states
from .finance_handler_impact import EXAMPLES

#: messages looked at in one transaction
PAGE = 1000
#: codes that are counted one by one
CODES = 200


class FinanceMappingImpact(models.Model):
    """Looks at one page of messages: what each would become once the change is approved."""

    _inherit = "finance.mapping.impact"

    def _look(self):
        """Look at the next page and add what was found; the last one also counts what waits."""
        self.ensure_one()
        change = self._change()
        if change.state not in ("draft", "proposed"):
            self._end("cancelled")
            return
        ids = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    "SELECT m.id FROM finance_message m"
                    " WHERE m.id >= %s AND m.id < %s AND %s ORDER BY m.id DESC LIMIT %s",
                    self.first_id,
                    self.next_id,
                    self._looked_at(),
                    PAGE,
                )
            )
        ]
        found = {"flows": {}, "codes": {}, "ledger": {}, "examples": [], "waiting": {}, **(self.found or {})}
        messages = self.env["finance.message"].browse(ids)
        changes = self._find_changes(messages, change)
        self._add_counts(found, changes)
        self._add_ledger(found, changes)
        values = {"seen": self.seen + len(ids), "message_count": sum(found["flows"].values())}
        if len(ids) < PAGE:
            found["waiting"] = self._count_waiting(change)
            values |= {"state": "done", "finished_at": self.env.cr.now()}
        else:
            values["next_id"] = ids[-1]
        self.write({**values, "found": found})
        messages.invalidate_recordset(["mapping_asked", "mapping_versions"], flush=False)

    # -- messages ------------------------------------------------------------------------------

    def _find_changes(self, messages, change):
        """:return: dict message -> list of (kind, code, model, id now, id then or 0)"""
        kinds = set(change._impact_kinds())
        used = {
            message: uses
            for message in messages
            if (uses := [use for use in message._mapping_keys() if use[0] in kinds])
        }
        codes = {}
        for message, uses in used.items():
            for kind, code, _id in uses:
                codes.setdefault((message.connection_id, kind), set()).add(code)
        changed = {key: self._changed_rules(change, *key, wanted) for key, wanted in codes.items()}
        targets = self._targets(changed, used)
        found = {}
        for message, uses in used.items():
            pairs = self._compare(message, uses, changed)
            rows = {
                (kind, code, *targets[was], targets[then][1] if then else 0)
                for kind, code, was, then in pairs
                if targets.get(was) and targets[was] != targets.get(then)
            }
            if rows:
                found[message] = sorted(rows)
        return found

    def _changed_rules(self, change, connection, kind, codes):
        """:return: the rules for codes of one kind and connection, now and after"""
        lines = change._impact_lines().filtered(
            lambda line: (
                line.domain_id.code == kind
                and line.connection_id in (connection, line.connection_id.browse())
                and line.company_id in (connection.company_id, line.company_id.browse())
            )
        )
        leaving = {mapping.id: day for mapping, day in change._impact_leaving().items()}
        now = self.env["finance.mapping"]._candidates(connection, kind, codes)._rules()
        return impact.change(now, lines._rules(), leaving, fields.Date.context_today(self))

    def _targets(self, changed, used):
        """:return: dict mapping id -> (model, record id)"""
        ids = {rule.id for rules in changed.values() for rule in (*rules.now, *rules.after)}
        ids |= {mapping_id for uses in used.values() for _kind, _code, mapping_id in uses}
        mappings = self.env["finance.mapping"].browse(ids).exists()
        return {mapping.id: (mapping.res_model, mapping.res_id) for mapping in mappings}

    def _compare(self, message, uses, changed):
        """Yield (kind, code, mapping used, mapping after or None) where the change makes another one count."""
        by_code = {}
        for kind, code, mapping_id in uses:
            by_code.setdefault((kind, code), []).append(mapping_id)
        questions = message._asked_or_none()
        if not questions:
            day = (message.closed_at or message.create_date).date()
            for (kind, code), ids in by_code.items():
                rules = changed[message.connection_id, kind]
                for used in ids:
                    then = impact.guess(rules, code, used, day)
                    if then != used:
                        yield kind, code, used, then
            return
        for question in questions:
            kind, words = question["kind"], tuple(question.get("words") or ())
            if (message.connection_id, kind) not in changed:
                continue
            facts = {"words": words} if words else question.get("facts") or {}
            day = date.fromisoformat(question["day"])
            codes = [code for code in question["codes"] if (kind, code) in by_code]
            rules = changed[message.connection_id, kind]
            for code, (_now, then) in impact.compare(rules, codes, facts, day, words).items():
                for used in by_code[kind, code]:
                    yield kind, code, used, then

    def _add_counts(self, found, changes):
        for message, rows in changes.items():
            flow = str(message.flow_id.id)
            found["flows"][flow] = found["flows"].get(flow, 0) + 1
            for name in {f"{kind}:{code}" for kind, code, *_rest in rows}:
                if name in found["codes"] or len(found["codes"]) < CODES:
                    found["codes"][name] = found["codes"].get(name, 0) + 1

    # -- ledger --------------------------------------------------------------------------------

    def _add_ledger(self, found, changes):
        by_handler = {}
        for message, rows in changes.items():
            handler = message.flow_id.handler
            if handler in self.env:
                by_handler.setdefault(handler, []).extend(
                    (message.id, model, was, then) for _kind, _code, model, was, then in rows
                )
        for handler, rows in by_handler.items():
            for booked in self.env[handler]._impact(sorted(set(rows))):
                key = f"{booked.model},{booked.was},{booked.becomes},{booked.account_id},{booked.currency_id}"
                sums = found["ledger"].setdefault(key, [0.0, 0])
                sums[0] += float(booked.balance)
                sums[1] += booked.documents
                room = EXAMPLES - len(found["examples"])
                found["examples"] += [move for move in booked.examples if move not in found["examples"]][:room]

    # -- what waits ----------------------------------------------------------------------------

    def _count_waiting(self, change):
        """:return: dict flow id -> messages that wait for codes the change maps"""
        mappings = self.env["finance.mapping"]
        waiting = {}
        for line in change._impact_lines():
            rule = line._rule()
            connections = line.connection_id or self.env["finance.connection"].search(
                [("company_id", "in", (line.company_id or self.company_ids).ids)]
            )
            for connection in connections if rule else ():
                prefix = mappings._waiting_key(connection, line.domain_id.code, "")
                pattern = prefix.replace("\\", r"\\").replace("_", r"\_").replace("%", r"\%") + "%"
                groups = self.env["finance.message"]._read_group(
                    [
                        ("connection_id", "=", connection.id),
                        ("company_id", "in", self.company_ids.ids),
                        ("state", "=", states.HELD),
                        ("waiting_key", "=like", pattern),
                    ],
                    ["flow_id", "waiting_key"],
                    ["__count"],
                )
                for flow, key, count in groups:
                    if ranking.names(rule, key.removeprefix(prefix)):
                        waiting[str(flow.id)] = waiting.get(str(flow.id), 0) + count
        return waiting
