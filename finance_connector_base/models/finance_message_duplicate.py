from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import DECIDED_BY_COMPARING, OPERATOR
from ..engine import states
from ..engine.outcome import Held, Ignored

#: earlier messages that are shown beside one
SHOWN = 3
#: in the place of a rule's name: by hand and by the channel, under one business key
BY_HAND = object()

# One look into the index a rule: same digest, an amount and a day that are near. What was
# admitted already is not asked about; of two the later one is asked, and one that comes
# through late (its transaction took longer) gives way to what was worked meanwhile.
# Events of one life (same order key, with a rank) and what a message caused are not compared.
RESEMBLES = """
    SELECT o.message_id, r.name, s.by_hand_only
      FROM finance_duplicate_key s
      JOIN finance_message me ON me.id = s.message_id
      JOIN finance_flow f ON f.id = me.flow_id
      LEFT JOIN finance_duplicate_rule r ON r.id = s.rule_id
     CROSS JOIN LATERAL (
           SELECT greatest(COALESCE(r.amount_tolerance, 0)::numeric,
                           COALESCE(r.amount_percent, 0)::numeric / (100 - COALESCE(r.amount_percent, 0)::numeric)
                           * abs(s.amount)) * 1.000000001 AS reach,
                  CASE WHEN s.by_hand_only THEN 100000
                       WHEN s.rule_id IS NULL THEN f.likeness_days ELSE r.window_days END AS days) w
     CROSS JOIN LATERAL (
           SELECT k.message_id
             FROM finance_duplicate_key k
             JOIN finance_message m ON m.id = k.message_id
            WHERE k.key = s.key AND k.day BETWEEN s.day - w.days AND s.day + w.days
              AND k.message_id <> s.message_id
              AND (s.amount IS NULL
                   OR (k.amount BETWEEN s.amount - w.reach AND s.amount + w.reach
                       AND abs(k.amount - s.amount) <= greatest(
                           COALESCE(r.amount_tolerance, 0)::numeric,
                           COALESCE(r.amount_percent, 0)::numeric / 100 * greatest(abs(k.amount), abs(s.amount)))))
              AND (NOT s.by_hand_only OR m.by_hand IS DISTINCT FROM me.by_hand)
              AND m.state <> 'ignored' AND m.id IS DISTINCT FROM me.parent_id
              AND (m.order_key IS DISTINCT FROM me.order_key OR me.order_key IS NULL OR me.sequence IS NULL)
              AND (m.id < s.message_id OR k.is_admitted OR m.state = 'done')
            ORDER BY k.key, k.amount, k.day LIMIT %(shown)s) o
     WHERE s.message_id = %(message)s AND NOT s.is_admitted AND (s.rule_id IS NULL OR r.active)
     ORDER BY o.message_id
"""


class FinanceMessage(models.Model):
    """Messages that look like the same business fact: one is worked, the other waits for a person (B-14)."""

    _inherit = "finance.message"

    is_compared = fields.Boolean(readonly=True, help="Compared with messages that may be the same business fact.")

    def _near_duplicate(self):
        """A second message that looks like the same business fact is held for review.

        Two that are worked at the same time meet at the row of their digest: the second starts
        again and sees the first. Of two that are both there the later one is held.

        :return: None, or the outcome that takes the place of the work
        """
        self.ensure_one()
        if not self.is_compared:
            return None
        self.env.cr.execute(
            SQL("SELECT key FROM finance_duplicate_key WHERE message_id = %s AND NOT is_admitted", self.id)
        )
        keys = [row[0] for row in self.env.cr.fetchall()]
        if not keys:
            return None
        self.env["finance.waiting.key"]._meet(f"alike:{key}" for key in keys)
        resembling = self._resembling()
        if not resembling:
            self._admit_alike()
            return None
        first = min(resembling)
        twin = self._same_by_hand(resembling)
        if twin:
            return Ignored(
                reason="brought_by_hand",
                detail=self.env._("Message %s brought the same by the other way (channel, by hand).", twin.id),
                documents=tuple((link.res_model, link.res_id) for link in twin.document_ids),
            )
        rule = resembling[first]
        return Held(
            reason="near_duplicate",
            error_class="business",
            detail=self.env._(
                "It looks like message %(first)s of %(date)s (%(rule)s), and may be the same thing sent twice. "
                "Compare the two and decide.",
                first=first,
                date=self.browse(first).create_date.date(),
                rule=self.env._("brought by hand and by the channel")
                if rule is BY_HAND
                else rule or self.env._("by what its sender says"),
            ),
            params={"alike": first, "others": sorted(resembling)},
            # once the other one is discarded there is nothing to decide any more
            waiting_key=_given_up(first),
        )

    def _resembling(self):
        """:return: dict id of a message -> name of the rule by which it resembles this one"""
        self.ensure_one()
        self.env["finance.duplicate.rule"].flush_model()
        self.env["finance.flow"].flush_model(["likeness_days"])
        self.flush_model(["state"])
        self.env.cr.execute(RESEMBLES, {"message": self.id, "shown": SHOWN})
        lang = self.env.lang or "en_US"
        return {
            message_id: BY_HAND if by_hand else name and (name.get(lang) or name.get("en_US"))
            for message_id, name, by_hand in self.env.cr.fetchall()
        }

    def _same_by_hand(self, resembling):
        """:return: the message that brought the same content by the other way and was worked, or none"""
        twins = self.browse([message_id for message_id, rule in resembling.items() if rule is BY_HAND])
        handler = self.env[self.flow_id.handler]
        return twins.filtered(lambda twin: twin.state == states.DONE and handler._same_content(self, twin))[:1]

    def _admit_alike(self):
        """From now on these are not asked about again, and others that resemble them are."""
        self.env.cr.execute(
            SQL(
                "UPDATE finance_duplicate_key SET is_admitted = TRUE WHERE message_id = ANY(%s) AND NOT is_admitted",
                self.ids,
            )
        )
        self.env["finance.duplicate.key"].invalidate_model(["is_admitted"])

    # -- the decision ------------------------------------------------------------------------

    def _check_duplicate_pending(self):
        self._check_role(OPERATOR)
        for message in self:
            if message.state != states.HELD or message.reason_code not in DECIDED_BY_COMPARING:
                raise UserError(self.env._("%s does not wait for this decision any more.", message.subject))

    def action_review_duplicate(self):
        """Show the message beside what it resembles."""
        self.ensure_one()
        self._check_duplicate_pending()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which of the two is right?")
            if self.reason_code == "identity_conflict"
            else self.env._("The same, or another one?"),
            "res_model": "finance.duplicate.review",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_message_id": self.id, "dialog_size": "extra-large"},
        }

    def _compared_with(self):
        """:return: ids of the messages a person looks at beside this one"""
        self.ensure_one()
        params = self.exception_ids.filtered(lambda e: e.state == "open")[:1].params or {}
        return {params.get("alike"), *params.get("others", ()), self.duplicate_of_id.id} - {None, False}

    def _decide_duplicate(self, *, same, reason):
        """Keep what a person decided: the message is ignored, or goes on by itself.

        :param bool same: it is the same business fact, or of two contents under one identity the earlier one is right
        :param str reason: why; kept with the message and in the audit trail
        """
        self.ensure_one()
        self._check_duplicate_pending()
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason of the decision."))
        self.lock_for_update()
        self.invalidate_recordset(["state", "reason_code"])
        self._check_duplicate_pending()
        alike = min(self._compared_with(), default=None)
        self.env["finance.audit"]._record(
            "message.duplicate_confirmed" if same else "message.duplicate_refuted",
            self,
            reason=reason,
            before={"state": self.state},
            after={"alike": alike},
            correlation_id=self.correlation_id,
        )
        exceptions = self.exception_ids.filtered(lambda e: e.state == "open")
        # sudo: exceptions have no write access, the role was checked
        exceptions.sudo()._message_log_batch(
            bodies={
                e.id: self.env._("It is ignored: %s", reason) if same else self.env._("It goes on: %s", reason)
                for e in exceptions
            }
        )
        if same:
            self._set_state(
                states.IGNORED,
                note=reason,
                reason_code="duplicate",
                detail=reason,
                waiting_key=False,
                duplicate_of_id=alike,
            )
            exceptions._close("discarded")
            # what was held because it resembles this one has nothing to wait for
            self._resume_waiting(*(_given_up(message_id) for message_id in self.ids))
            return
        self._admit_alike()
        self._set_state(
            states.QUEUED, note=reason, next_at=self.env.cr.now(), waiting_key=False, attempt_count=0, reason_code=False
        )
        exceptions._close("fixed")
        self.env["finance.dispatcher"]._wake()

    def _discard(self, reason):
        # EXTENDS: what resembles a message that is given up goes on
        result = super()._discard(reason)
        self._resume_waiting(*(_given_up(message_id) for message_id in self.filtered("is_compared").ids))
        return result


def _given_up(message_id):
    return f"alike:{message_id}"
