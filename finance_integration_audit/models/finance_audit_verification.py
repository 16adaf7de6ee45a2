import re
import time

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.models.finance_append_only import FUNCTION

from ..const import AUDITOR
from ..trail import examine
from ..trail.head import HeadBroken, parse

#: tables that only grow
KEPT_TABLES = ("finance_audit_entry", "finance_audit_seal", "finance_audit_checkpoint", "finance_audit_receipt")
TRIGGERS = ("finance_append_only_all", "finance_append_only_rows")
#: minutes after which an entry must have been sealed
SEALED_WITHIN = 15
#: rows between two notes of progress
NOTE_EVERY = 20_000


class FinanceAuditVerification(models.Model):
    """One look whether the trail is whole, and what was found where."""

    _name = "finance.audit.verification"
    _description = "Verification of the Audit Trail"
    _order = "id desc"
    _rec_name = "started_at"
    _allow_sudo_commands = False

    kind = fields.Selection(
        [("whole", "From the first entry"), ("recent", "What is new")], required=True, readonly=True
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("running", "Running"), ("proved", "Proved"), ("broken", "Broken")],
        default="waiting",
        required=True,
        readonly=True,
    )
    asked_by_id = fields.Many2one("res.users", string="Asked by", readonly=True, ondelete="set null")
    started_at = fields.Datetime(string="Begun", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    seconds = fields.Float(readonly=True, aggregator=None)
    row_count = fields.Integer(string="Entries", readonly=True, aggregator=None)
    total = fields.Integer(string="Of", readonly=True, aggregator=None)
    progress = fields.Float(compute="_compute_progress")
    unprotected_count = fields.Integer(
        string="Without protection", readonly=True, aggregator=None, help="Written before the server had a master key."
    )
    checkpoint_number = fields.Integer(string="Up to checkpoint", readonly=True, aggregator=None)
    first_kind = fields.Char(string="First finding", compute="_compute_first")
    first_seq = fields.Integer(string="First place", compute="_compute_first")
    finding_count = fields.Integer(string="Findings", readonly=True, aggregator=None)
    problem = fields.Text(string="Could not be compared", readonly=True)
    finding_ids = fields.One2many("finance.audit.finding", "verification_id", readonly=True)

    @api.depends("row_count", "total", "state")
    def _compute_progress(self):
        for verification in self:
            is_over = verification.state in ("proved", "broken")
            verification.progress = (
                100.0 if is_over else min(100.0 * verification.row_count / (verification.total or 1), 100.0)
            )

    @api.depends("finding_ids")
    def _compute_first(self):
        names = dict(self.env["finance.audit.finding"]._fields["kind"]._description_selection(self.env))
        for verification in self:
            first = verification.finding_ids.sorted("id")[:1]
            verification.first_kind = names.get(first.kind, False)
            verification.first_seq = first.seq

    # -- asked for -------------------------------------------------------------------------

    @api.model
    def action_verify(self):
        """Verify everything, in the background."""
        self.env["finance.message"]._check_role(AUDITOR)
        self.check_access("read")
        # sudo: the auditor asks, the scheduled action writes
        verification = self.sudo().create({"kind": "whole", "asked_by_id": self.env.uid})
        self.env.ref("finance_integration_audit.ir_cron_audit_verify").sudo()._trigger()  # sudo: woken, not changed
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": verification.id,
            "view_mode": "form",
            "target": "current",
        }

    @api.model
    def _cron_verify(self):
        """What was asked for, then what is new since the last time."""
        waiting = self.sudo().search([("state", "in", ("waiting", "running"))], order="id")  # sudo: rows nobody writes
        for verification in waiting or self._new("recent"):
            verification._run(self.env["ir.cron"])

    @api.model
    def _cron_verify_whole(self):
        self._new("whole")._run(self.env["ir.cron"])

    @api.model
    def _new(self, kind):
        return self.sudo().create({"kind": kind})  # sudo: rows nobody writes

    # -- examined --------------------------------------------------------------------------

    def _run(self, progress=None):
        """Examine; with ``progress`` of a scheduled action what was done so far is seen by others.

        :return: the findings
        """
        self.ensure_one()
        began = time.monotonic()
        examiner = self._examiner()
        start = examiner.tree.size
        self.env.cr.execute("SELECT coalesce(max(id), 0) FROM finance_audit_seal")
        [last] = self.env.cr.fetchone()
        self.write({"state": "running", "started_at": fields.Datetime.now(), "total": max(last - start, 0)})
        heads = self._heads(examiner.last)
        seq = start
        self._take_heads(examiner, heads, seq)
        for row in self.env["finance.audit.reader"]._rows(start, last):
            examiner.take(row)
            seq = row.seq
            self._take_heads(examiner, heads, seq)
            if progress is not None and seq % NOTE_EVERY == 0:
                self.row_count = seq - start
                progress._commit_progress(NOTE_EVERY, remaining=last - seq)
        self._take_heads(examiner, heads, None)
        for code, place, detail in self._look_around(examiner):
            examiner.note(code, place, detail)
        self._compare_outside(examiner)
        findings = examiner.end()
        self._conclude(examiner, findings, seq - start, time.monotonic() - began)
        return findings

    def _examiner(self):
        """:return: an examiner that begins with the first entry, or after the last checkpoint that was proved"""
        secret, publics = self.env["finance.audit.key"]._all()
        examiner = examine.Examiner(secret, publics)
        if self.kind == "recent":
            before = self.search([("state", "=", "proved"), ("checkpoint_number", ">", 0)], limit=1)
            checkpoints = self.env["finance.audit.checkpoint"]
            checkpoint = checkpoints.search([("number", "=", before.checkpoint_number)], limit=1)
            if checkpoint:
                head, tree = parse(checkpoint.note), checkpoint._tree()
                if checkpoint._signed().is_by(publics, head.key) and tree.root() == head.root:  # public: published
                    examiner = examine.Examiner(secret, publics, tree=tree, chain=head.chain, last=head)
        return examiner

    def _heads(self, last):
        """:return: (size, signed head) of each checkpoint after this one"""
        checkpoints = self.env["finance.audit.checkpoint"].search(
            [("number", ">", last.number if last else 0)], order="number"
        )
        return [(_size_of(checkpoint), checkpoint._signed()) for checkpoint in checkpoints]

    def _take_heads(self, examiner, heads, seq):
        while heads and (seq is None or heads[0][0] <= seq):
            examiner.head(heads.pop(0)[1])

    def _look_around(self, examiner):
        """Yield what is wrong beside the rows: (kind, place, detail)."""
        for name in self.env["finance.audit.key"]._swapped(examiner.publics):
            yield examine.KEY_SWAPPED, 0, f"public key {name} is none of the trail's"
        yield from self._look_at_triggers()
        until = examiner.last.until if examiner.last else 0
        minutes = SQL("e.at < (now() AT TIME ZONE 'UTC') - make_interval(mins => %s)", SEALED_WITHIN)
        sealer = self.env["finance.audit.sealer"]
        for code, query, detail in (
            (
                examine.INSERTED,
                sealer._unsealed(0, SQL("e.id <= %s", until)),
                "entry %s has no seal, and a number of the past",
            ),
            (examine.UNSEALED, sealer._unsealed(until, minutes), "entry %s waits to be sealed for too long"),
        ):
            self.env.cr.execute(SQL("%s ORDER BY e.id LIMIT 1", query))
            if found := self.env.cr.fetchone():
                yield code, 0, detail % found[0]

    def _look_at_triggers(self):
        self.env.cr.execute(
            "SELECT c.relname, t.tgname, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE c.relname = ANY(%s) AND t.tgname = ANY(%s) AND t.tgenabled IN ('O', 'A')"
            " AND p.proname = 'finance_append_only'",
            (list(KEPT_TABLES), list(TRIGGERS)),
        )
        body = re.search(r"\$\$(.*)\$\$", FUNCTION, re.DOTALL)[1].strip()
        there = {(table, name) for table, name, source in self.env.cr.fetchall() if source.strip() == body}
        for table in KEPT_TABLES:
            if missing := [name for name in TRIGGERS if (table, name) not in there]:
                yield examine.TRIGGER, 0, f"{table}: {', '.join(missing)} is missing, disabled or changed"

    def _compare_outside(self, examiner):
        """Compare with heads that were anchored where the database cannot reach them."""
        checkpoints = self.env["finance.audit.checkpoint"].search([("number", ">", 0)])
        own = {checkpoint.number: checkpoint._signed() for checkpoint in checkpoints}
        heads, problems = self.env["finance.audit.anchor"]._kept_outside()
        for head in heads:
            examiner.outside(own, head)
        self.problem = "\n".join(problems)
        for receipt in self.env["finance.audit.receipt"].search([("kind", "=", "finance.anchor.timestamp")]):
            if not receipt._is_about(own.get(receipt.number)):
                detail = f"checkpoint {receipt.number} is not the one that the timestamp authority has signed"
                examiner.note(examine.REPLACED if receipt.number in own else examine.ROLLED_BACK, 0, detail)

    def _conclude(self, examiner, findings, count, seconds):
        self.env["finance.audit.finding"].create(
            [{"verification_id": self.id, "kind": one.kind, "seq": one.seq, "detail": one.detail} for one in findings]
        )
        self.write(
            {
                "state": "broken" if findings else "proved",
                "ended_at": fields.Datetime.now(),
                "seconds": seconds,
                "row_count": count,
                "unprotected_count": examiner.unprotected,
                "checkpoint_number": examiner.last.number if examiner.last else 0,
                "finding_count": examiner.count,
            }
        )
        if findings and not self._was_known(findings[0]):
            self._tell(findings[0])

    def _was_known(self, first):
        """Say whether the verification before found the same at first."""
        before = self.search([("id", "<", self.id), ("state", "in", ("proved", "broken"))], limit=1)
        found = before.finding_ids.sorted("id")[:1]
        return (found.kind, found.seq) == (first.kind, first.seq)

    def _tell(self, first):
        """A broken trail is an entry of the trail itself and an alert."""
        self.env["finance.audit"]._record(
            "audit.trail.broken", self, after={"kind": first.kind, "seq": first.seq, "detail": first.detail}
        )
        self.env["finance.alert"]._raise(
            "audit_trail_broken",
            self,
            klass="business",
            text=self.env._("The audit trail is broken at %(seq)s: %(what)s", seq=first.seq, what=first.detail),
            key=f"{first.kind}/{first.seq}",
        )


def _size_of(checkpoint):
    try:
        return parse(checkpoint.note or "").size
    except HeadBroken:
        return checkpoint.size


class FinanceAuditFinding(models.Model):
    """One thing that was done to the trail."""

    _name = "finance.audit.finding"
    _description = "Finding in the Audit Trail"
    _order = "id"
    _rec_name = "kind"
    _allow_sudo_commands = False

    verification_id = fields.Many2one(
        "finance.audit.verification", required=True, readonly=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(
        [
            ("edited", "Edited"),
            ("deleted", "Deleted"),
            ("inserted", "Put in later"),
            ("reordered", "Changed places"),
            ("truncated", "End cut off"),
            ("rolled_back", "Cut off, or an older backup"),
            ("recomputed", "Hashes made anew"),
            ("key_swapped", "Key exchanged"),
            ("checkpoint_replaced", "Checkpoint replaced"),
            ("unprotected", "Without protection"),
            ("trigger", "Trigger missing or disabled"),
            ("unsealed", "Not sealed for too long"),
        ],
        string="What",
        readonly=True,
    )
    seq = fields.Integer(string="Place", readonly=True, aggregator=None)
    detail = fields.Char(readonly=True)
