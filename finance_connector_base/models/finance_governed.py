from datetime import date, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..const import STEWARD
from ..engine.difference import difference, fingerprint

#: changed by the steps of ``finance.governed`` and by nobody else; the value is what a new record has
PROTECTED = {
    "state": "draft",
    "version": 1,
    "author_id": False,
    "proposed_by_id": False,
    "proposed_at": False,
    "proposed_hash": False,
    "approved_by_id": False,
    "approved_at": False,
    "superseded_from": False,
    "decision_note": False,
    "replaces_id": False,
    "origin_id": False,
}
#: written by the chatter, not by the person who edits
CHATTER = ("message_", "activity_", "website_message_")


class FinanceGoverned(models.AbstractModel):
    """Versions of a rule that means nothing until somebody else has approved it.

    Each record is one version. An approved one never changes: a change is a new version (a
    draft that names the one it replaces), proposed by one person and approved by another.
    What is approved is what was proposed: a proposal that is edited is a draft again.

    To govern a model::

        class FinanceThing(models.Model):
            _name = "finance.thing"
            _inherit = ["finance.governed"]      # brings chatter and activities
            _governed_event = "thing"            # audit events: thing.approved, thing.rejected ...
            _governed_group = STEWARD            # who proposes and approves

            replaces_id = fields.Many2one("finance.thing", readonly=True, copy=False)
            origin_id = fields.Many2one("finance.thing", readonly=True, copy=False, index=True)

            def _facts(self):                    # everything that is approved, JSON-able, no secrets;
                return {"name": self.name}       # lines of the record included

    and, where needed, extend ``_governed_check`` (complete enough to be proposed?),
    ``_governed_siblings`` (what must not be valid at the same time), ``_governed_lock`` and
    ``_activate`` (what follows). Use only ``state = 'active'`` rows that ``_valid_on`` the day.
    Lines that belong to the record inherit ``finance.governed.line``. In the views use the buttons
    of ``finance_mapping_view_form``; the approve button sends ``proposed_hash`` along, so that nobody
    approves what changed since it was shown.
    """

    _name = "finance.governed"
    _description = "Governed Change"
    _inherit = ["mail.thread", "mail.activity.mixin"]

    _governed_event = "governed"
    _governed_group = STEWARD
    #: further fields that only steps write, with what a new record has
    _governed_protected = {}
    #: fields that belong to nobody's approval
    _governed_notes = frozenset()

    version = fields.Integer(aggregator=None, default=1, readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("proposed", "Proposed"), ("active", "Active"), ("retired", "Retired")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    valid_from = fields.Date(help="First day it is used. Empty: always was.")
    valid_to = fields.Date(help="Last day it is used. Empty: no end.")
    superseded_from = fields.Date(
        string="Replaced from", readonly=True, copy=False, help="From this day on a later version is used."
    )
    author_id = fields.Many2one("res.users", string="Last edited by", readonly=True, copy=False)
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    proposed_at = fields.Datetime(readonly=True, copy=False)
    proposed_hash = fields.Char(readonly=True, copy=False, help="Fingerprint of what was proposed.")
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    decision_note = fields.Text(string="Reason of the decision", readonly=True, copy=False)
    difference = fields.Html(compute="_compute_difference", string="What changes", sanitize=False)

    _maker_is_not_checker = models.Constraint(
        "CHECK (approved_by_id IS NULL OR (approved_by_id IS DISTINCT FROM proposed_by_id"
        " AND approved_by_id IS DISTINCT FROM author_id))",
        "Who writes or proposes a change does not approve it.",
    )
    _period = models.Constraint("CHECK (valid_to >= valid_from)", "It ends before it begins.")

    # -- for heirs ---------------------------------------------------------------------------

    def _facts(self):
        """:return: what is approved as a JSON-able dict; its fingerprint binds the approval"""
        raise NotImplementedError(self._name)

    def _governed_check(self):
        """Refuse what is not complete enough to be proposed; EXTENDS by heirs.

        :raise UserError: in words that say what is missing
        """

    def _governed_siblings(self):
        """:return: domain of the records that must not be valid together with this one, or None"""
        return None

    def _governed_leaving(self, other):
        """Tell whether an approved record makes room with the same decision; EXTENDS by heirs.

        :return: first day on which it does not count any more (``date.min``: none that it did), or None: it stays
        """
        if other != self.replaces_id:
            return None
        return self._governed_takes_over(other)

    def _governed_takes_over(self, replaced):
        """:return: first day of this version in place of the other; ``date.min`` when it takes its whole period"""
        first = self.valid_from or date.min
        return first if first > (replaced.valid_from or date.min) else date.min

    def _governed_lock(self):
        """Let approvals that might collide come one after the other; EXTENDS by heirs."""

    @api.model
    def _governed_serialise(self, rows):
        """For ``_governed_lock``: whoever approves something else about these rows meanwhile starts again.

        An update and no lock: the second transaction must see what the first has approved.

        :param rows: records of a model with the field ``approvals``
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET approvals = COALESCE(approvals, 0) + 1 WHERE id = ANY(%s)",
                SQL.identifier(rows._table),
                sorted(rows.ids),
            )
        )
        rows.invalidate_recordset(["approvals"])

    def _governed_company(self):
        """:return: the company whose change log shows it; empty for all"""
        return self.company_id if "company_id" in self._fields else self.env["res.company"]

    def _governed_ask(self):
        """Tell those who may approve; OVERRIDE where something else asks for them."""
        for record in self:
            for user in record._governed_checkers()[:5]:
                record.sudo().activity_schedule(  # sudo: the task is for somebody else
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=self.env._("Approve or reject: %s", record.display_name),
                )

    # -- only through the steps ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # given or smuggled in as a default of the context: it begins as a draft
            vals_list = [
                {**vals, **PROTECTED, **self._governed_protected, "author_id": self.env.uid} for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if (PROTECTED.keys() | self._governed_protected.keys()) & vals.keys():
            raise AccessError(self.env._("Use Propose and Approve to change the state."))
        content = {name for name in vals if not name.startswith(CHATTER)} - self._governed_notes
        if content:
            self._governed_changeable()
        result = super().write(vals)
        if content:
            self._governed_touch()
        return result

    def _governed_changeable(self):
        if self.filtered(lambda record: record.state in ("active", "retired")):
            raise UserError(self.env._("What was approved does not change. Make a new version."))

    def _governed_touch(self):
        """A proposal that changes is a draft again: what was seen is what gets approved."""
        if self.env.su:
            return
        self._governed_changeable()
        # sudo: protected fields
        self.sudo().write(
            {
                "state": "draft",
                "proposed_by_id": False,
                "proposed_at": False,
                "proposed_hash": False,
                "author_id": self.env.uid,
            }
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if self.filtered(lambda record: record.state in ("active", "retired")):
            raise UserError(self.env._("What was approved is kept as evidence. Retire it instead."))

    # -- steps ---------------------------------------------------------------------------------

    def action_propose(self):
        """Hand it to another person for approval."""
        return self._governed_propose()

    def _governed_propose(self):
        self._check_governor()
        if self.filtered(lambda record: record.state != "draft"):
            raise UserError(self.env._("Only a draft can be proposed."))
        for record in self:
            record._governed_check()
            record._check_overlap()
        for record in self.sudo():  # sudo: protected fields, the role was checked
            record.write(
                {
                    "state": "proposed",
                    "proposed_by_id": self.env.uid,
                    "proposed_at": self.env.cr.now(),
                    "proposed_hash": fingerprint(record._facts()),
                    "decision_note": False,
                }
            )
        self._governed_ask()
        return True

    def action_withdraw(self):
        """Take a proposal back; it is a draft again."""
        self._check_governor()
        self._check_proposed()
        me = self.env.user.partner_id
        for record in self:
            if me not in record._governed_makers():
                raise UserError(self.env._("Only who wrote or proposed it takes it back. You can reject it."))
        self._back_to_draft("withdrawn", self.env._("withdrawn"))
        return True

    def action_reject(self):
        """Open the dialog that asks why the proposal is refused."""
        self._check_governor()
        self._check_proposed()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reject"),
            "res_model": "finance.reject.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_ids": self.ids},
        }

    def _reject(self, reason):
        self._check_governor()
        self._check_proposed()
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason, so that the proposer knows what to change."))
        self._back_to_draft("rejected", reason)

    def _back_to_draft(self, event, reason):
        for record in self:
            record._log_change(event, before=record._replaced_facts(), after=record._facts(), reason=reason)
            record._message_log(body=self.env._("%(event)s: %(reason)s", event=event.capitalize(), reason=reason))
        # sudo: protected fields, the role was checked
        self.sudo().write(
            {
                "state": "draft",
                "proposed_by_id": False,
                "proposed_at": False,
                "proposed_hash": False,
                "decision_note": reason,
            }
        )
        self._close_activities()

    def action_approve(self):
        """Put it into force; whoever wrote or proposed it may not."""
        return self._governed_approve()

    def _governed_approve(self):
        self._check_governor()
        self._check_proposed()
        seen = self.env.context.get("finance_seen_hash")
        for record in self:
            # a person may have several users
            if self.env.user.partner_id in record._governed_makers():
                raise UserError(self.env._("You wrote or proposed this; another steward has to approve it."))
            if record.proposed_hash != fingerprint(record._facts()) or (
                len(self) == 1 and seen and seen != record.proposed_hash
            ):
                raise UserError(
                    self.env._(
                        "%s has changed since it was proposed or shown to you. Read it again.", record.display_name
                    )
                )
        self._governed_lock()
        for record in self:
            record._governed_check()
            record._activate()
        self._close_activities()
        return True

    def _activate(self):
        """Come into force and take the place of the version that is replaced; EXTENDS by heirs."""
        self.ensure_one()
        before = self._replaced_facts()
        self._governed_make_room()
        record = self.sudo()  # sudo: protected fields, the role was checked
        record._check_overlap()
        record.write({"state": "active", "approved_by_id": self.env.uid, "approved_at": self.env.cr.now()})
        self._log_change("approved", before=before, after=self._facts())

    def _governed_make_room(self):
        """End the version that is replaced; once more does nothing."""
        for record in self.sudo():  # sudo: protected fields, the role was checked
            replaced = record.replaces_id
            if replaced.state == "active":
                first = record._governed_takes_over(replaced)
                replaced.write({"state": "retired"} if first == date.min else {"superseded_from": first})
                replaced.flush_recordset()

    def action_retire(self):
        """Stop using it from now on; it stays readable."""
        return self._governed_retire()

    def _governed_retire(self):
        self._check_governor()
        if self.filtered(lambda record: record.state != "active"):
            raise UserError(self.env._("Only what is in use can be retired."))
        for record in self:
            record._log_change("retired", before=record._facts())
        self.sudo().write({"state": "retired"})  # sudo: protected field, the role was checked
        return True

    def action_new_version(self):
        """Copy an approved version into a draft that will replace it."""
        self.ensure_one()
        return self._open(self._next_version(self))

    def action_roll_back(self):
        """Propose that an earlier version counts again; it takes the period of the one in use."""
        self.ensure_one()
        self._check_governor()
        if self.state not in ("retired", "active"):
            raise UserError(self.env._("Choose a version that was in use."))
        latest = self._versions().filtered(lambda record: record.state == "active").sorted("version")[-1:]
        if latest == self:
            raise UserError(self.env._("This version is the latest in use."))
        draft = self._next_version(latest or self, content=self)
        draft._governed_propose()
        return self._open(draft)

    def _next_version(self, replaced, content=None):
        self._check_governor()
        if replaced.state not in ("active", "retired"):
            raise UserError(self.env._("Only an approved version is replaced by a new one. Edit this draft."))
        number = max(self._versions().mapped("version")) + 1
        values = {
            "replaces_id": replaced.id,
            "origin_id": (replaced.origin_id or replaced).id,
            "version": number,
            "author_id": self.env.uid,
        }
        if content and content != replaced:
            values |= {"valid_from": replaced.valid_from, "valid_to": replaced.valid_to}
        # sudo: protected fields of the draft, the role was checked
        return (content or replaced).sudo().copy(values).sudo(False)

    def _versions(self):
        """:return: all versions of this rule"""
        self.ensure_one()
        origin = self.origin_id or self
        return self.search(["|", ("id", "=", origin.id), ("origin_id", "=", origin.id)], order="version desc")

    def action_view_versions(self):
        """Show every version, the latest first."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Versions of %s", self.display_name),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("id", "in", self._versions().ids)],
        }

    # -- checks --------------------------------------------------------------------------------

    def _check_governor(self):
        if not self.env.su and not self.env.user.has_group(self._governed_group):
            # sudo: names of roles may be told
            role = self.env.ref(self._governed_group).sudo().name
            raise AccessError(self.env._("This is done by people with the role %s.", role))
        self.check_access("write")

    def _check_proposed(self):
        if self.filtered(lambda record: record.state != "proposed"):
            raise UserError(self.env._("Only a proposal can be decided."))

    def _governed_makers(self):
        """:return: the people (not users) who may not approve it"""
        record = self.sudo()  # sudo: their users may not be visible to who asks
        return (record.proposed_by_id | record.author_id).partner_id

    def _governed_checkers(self):
        self.ensure_one()
        record = self.sudo()  # sudo: who may approve does not depend on which users the proposer sees
        company = record._governed_company()
        makers = record._governed_makers()
        return record.env.ref(self._governed_group).all_user_ids.filtered(
            lambda user: (
                user.active
                and not user.share
                and user.partner_id not in makers
                and (not company or company in user.company_ids)
            )
        )

    def _valid_on(self, day):
        self.ensure_one()
        first, last = self._days()
        return first <= day <= last

    def _days(self):
        """:return: (first, last) day it counts"""
        last = self.valid_to or date.max
        if self.superseded_from:
            last = min(last, self.superseded_from - timedelta(days=1))
        return self.valid_from or date.min, last

    def _check_overlap(self):
        """:raise UserError: naming the approved record that counts in the same days"""
        self.ensure_one()
        siblings = self._governed_siblings()
        if siblings is None:
            return
        first, last = self._days()
        # sudo: what collides may belong to a company the person does not see
        for other in self.sudo().search([*siblings, ("state", "=", "active"), ("id", "!=", self.id)]):
            start, end = other._days()
            leaving = self._governed_leaving(other)
            if leaving == date.min:
                continue
            if leaving:
                end = min(end, leaving - timedelta(days=1))
            if start <= last and first <= end:
                raise UserError(
                    self.env._(
                        "%(name)s is in use already from %(start)s to %(end)s (version %(version)s). Make a new "
                        "version of it, or choose dates that do not overlap.",
                        name=other.display_name,
                        start=start if start != date.min else self.env._("the beginning"),
                        end=end if end != date.max else self.env._("further notice"),
                        version=other.version,
                    )
                )

    # -- evidence ------------------------------------------------------------------------------

    def _replaced_facts(self):
        replaced = self.sudo().replaces_id  # sudo: the version before, of the same rule
        return replaced._facts() if replaced else {}

    def _log_change(self, event, *, before=None, after=None, reason=None):
        self.ensure_one()
        self.env["finance.audit"]._record(
            f"{self._governed_event}.{event}", self, reason=reason, before=before or {}, after=after or {}
        )
        self.env["finance.change"]._log(self, event, before=before or {}, after=after or {}, reason=reason)

    def _close_activities(self):
        # sudo: the tasks of the others are done as well
        self.sudo().activity_ids.action_feedback()

    @api.depends("state")
    def _compute_difference(self):
        for record in self:
            record.difference = (
                difference_table(self.env, difference(record._replaced_facts(), record._facts())) if record.id else ""
            )

    def _open(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "view_mode": "form",
            "res_id": record.id,
        }


def difference_table(env, changes):
    """:return: an HTML table of changes, everything escaped"""
    cell = Markup("<td class='text-break'>%s</td>")
    rows = Markup("").join(
        Markup("<tr>%s%s%s</tr>") % (cell % name, cell % _shown(before), cell % _shown(after))
        for name, before, after in changes
    )
    if not rows:
        return Markup("<p>%s</p>") % env._("Nothing changes.")
    return Markup(
        "<table class='table table-sm'><thead><tr><th></th><th>%s</th><th>%s</th></tr></thead><tbody>%s</tbody></table>"
    ) % (env._("Before"), env._("After"), rows)


def _shown(value):
    if isinstance(value, list):
        return Markup("<br/>").join(str(item) for item in value)
    return "-" if value is None or value is False else str(value)
