from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import STEWARD
from ..engine.envelope import Envelope
from .sealed_json import SealedJson

KINDS = [
    ("differing", "Differs"),
    ("missing_here", "Missing in Odoo"),
    ("missing_there", "Missing over there"),
]


class FinanceMasterDrift(models.Model):
    """A record that the two sides do not agree about, found by the nightly comparison."""

    _name = "finance.master.drift"
    _description = "Master Data Drift"
    _inherit = ["finance.master._diff"]
    _order = "connection_id, domain, external_id"
    _rec_name = "record_name"
    _allow_sudo_commands = False

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    domain = fields.Selection(
        selection=lambda self: self.env["finance.master"]._selection(), string="Master data", readonly=True
    )
    kind = fields.Selection(KINDS, string="Finding", required=True, readonly=True)
    external_id = fields.Char(string="Number in the other system", required=True, readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    record_name = fields.Char(string="Name", readonly=True)
    theirs = SealedJson(readonly=True, groups=fields.NO_ACCESS)
    digest = fields.Char(readonly=True, help="Of what differs: the same difference stays ignored.")
    run = fields.Char(readonly=True)
    found_at = fields.Datetime(string="First found", readonly=True)
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="set null", index="btree_not_null")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("taken", "Theirs taken"),
            ("sent", "Ours sent"),
            ("ignored", "Ignored"),
            ("gone", "Agreed again"),
        ],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Char(readonly=True)
    resolved_by_id = fields.Many2one("res.users", readonly=True)

    _one_per_record = models.UniqueIndex("(connection_id, domain, external_id)")

    @api.model
    def _diff_headings(self):
        return self.env._("Odoo"), self.env._("Other system")

    # -- finding -------------------------------------------------------------------------------

    @api.model
    def _found(self, message, master, obj, record_id, kind, differences):
        """Note one finding; one that was ignored stays so while it is the same.

        :return: 1, or 0 when it is known and ignored
        """
        self = self.sudo()  # sudo: found by the engine
        content = [
            {"field": name, "label": master._label(name), "before": _words(mine), "after": _words(theirs)}
            for name, (mine, theirs) in sorted(dict(differences).items())
        ]
        record = self.env[master._records].browse(record_id or ())
        values = {
            "kind": kind,
            "res_model": master._records,
            "res_id": record.id or False,
            "record_name": master._called(record) if record else (getattr(obj, "name", None) or obj.external_id),
            "content": content,
            "theirs": obj.to_dict(),
            "digest": obj.digest(),
            "run": message.data["run"],
            "message_id": message.id,
        }
        return self._note(message, master, obj.external_id, values)

    @api.model
    def _note(self, message, master, external_id, values):
        key = [
            ("connection_id", "=", message.connection_id.id),
            ("domain", "=", master._code()),
            ("external_id", "=", external_id),
        ]
        known = self.search(key)
        # public: the digest tells whether it is the same difference
        if known.state == "ignored" and known.digest == values["digest"] and known.kind == values["kind"]:
            known.run = values["run"]
            return 0
        if known.state == "open":
            known.write(values)
        elif known:
            known.write({**values, "state": "open", "reason": False, "found_at": self.env.cr.now()})
        else:
            self.create(
                {
                    **values,
                    "connection_id": message.connection_id.id,
                    "company_id": message.company_id.id,
                    "domain": master._code(),
                    "external_id": external_id,
                    "found_at": self.env.cr.now(),
                }
            )
        return 1

    @api.model
    def _find_missing_there(self, message, master, after, last, names):
        """Note what we know between two ids and they did not list; :return: how many"""
        references = self.env["finance.external.reference"]
        references.flush_model()
        bounds = [SQL('external_id COLLATE "C" > %s', after)] if after else []
        if last is not None:
            bounds.append(SQL('external_id COLLATE "C" <= %s', last))
        rows = self.env.execute_query(
            SQL(
                "SELECT external_id, res_id FROM finance_external_reference"
                " WHERE connection_id = %s AND object_type = %s AND external_id <> ALL(%s) %s",
                message.connection_id.id,
                master._code(),
                names,
                SQL(" ").join(SQL("AND %s", bound) for bound in bounds),
            )
        )
        aliases = self.env["finance.record.alias"]._current([(master._records, res_id) for _name, res_id in rows])
        self = self.sudo()  # sudo: found by the engine
        found = 0
        for name, res_id in rows:
            if (master._records, res_id) in aliases:
                continue  # merged: the reference stays, the record does not
            record = self.env[master._records].with_context(active_test=False).browse(res_id).exists()
            if not record or ("active" in record._fields and not record.active):
                continue  # archived here and gone there is the same
            values = {
                "kind": "missing_there",
                "res_model": master._records,
                "res_id": record.id,
                "record_name": master._called(record),
                "content": [],
                "theirs": False,
                "digest": "",
                "run": message.data["run"],
                "message_id": message.id,
            }
            found += self._note(message, master, name, values)
        return found

    @api.model
    def _settled(self, message, master, after, last, run):
        """What was open in this stretch and was not found again agrees again."""
        domain = Domain(
            [
                ("connection_id", "=", message.connection_id.id),
                ("domain", "=", master._code()),
                ("run", "!=", run),
                ("state", "in", ["open", "taken", "sent", "ignored"]),
            ]
        )
        stretch = self.sudo().search(domain)  # sudo: found by the engine
        stretch.filtered(
            lambda d: (after is None or d.external_id > after) and (last is None or d.external_id <= last)
        ).write({"state": "gone"})

    # -- resolving -----------------------------------------------------------------------------

    def _check_may_resolve(self):
        if not self.env.user.has_group(STEWARD):
            raise AccessError(self.env._("Only a mapping steward decides about master data."))
        self.check_access("read")
        for drift in self:
            if drift.state != "open":
                raise UserError(self.env._("%s was decided already.", drift.record_name))

    def action_take_theirs(self):
        """Let Odoo follow the other system, as far as the ownership policies allow."""
        self._check_may_resolve()
        for drift in self:
            if drift.kind == "missing_there":
                raise UserError(self.env._("%s is missing over there: there is nothing to take.", drift.record_name))
            sync = self.env["finance.master.sync"]._row(drift.connection_id, drift.domain)
            if not sync.receive:
                raise UserError(
                    self.env._(
                        "%(kind)s is not received from %(system)s.", kind=drift.domain, system=drift.connection_id.name
                    )
                )
            theirs = drift.sudo().theirs  # sudo: goes into the queue, not to the person
            # the policies judge it like anything that comes from there
            self.env["finance.message"]._enqueue(
                sync._flow("receive"),
                [
                    Envelope(
                        subject=self._subject_of(drift),
                        data=self.env["finance.master"]._sealed(theirs, drift.connection_id),
                        order_key=f"master:{drift.domain}:{drift.external_id}",
                    )
                ],
            )
            drift._resolve("taken")
        return True

    def _subject_of(self, drift):
        # sudo: what the record is called in messages
        record = self.env[drift.res_model].sudo().browse(drift.res_id or ()).exists()
        return self.env["finance.master"]._of(drift.domain)._subject(record) if record else drift.external_id

    def action_send_ours(self):
        """Let the other system follow Odoo; refused where it is the authority."""
        self._check_may_resolve()
        for drift in self:
            if drift.kind == "missing_here":
                raise UserError(self.env._("%s is missing in Odoo: there is nothing to send.", drift.record_name))
            sync = self.env["finance.master.sync"]._row(drift.connection_id, drift.domain)
            if not sync.send:
                raise UserError(
                    self.env._(
                        "%(kind)s is not sent to %(system)s.", kind=drift.domain, system=drift.connection_id.name
                    )
                )
            drift._refuse_against_the_owner()
            # sudo: the role was checked; what is sent is what Odoo says
            record = self.env[drift.res_model].sudo().with_context(active_test=False).browse(drift.res_id).exists()
            self.env["finance.master.change"]._send(sync, record)
            drift._resolve("sent")
        return True

    def _refuse_against_the_owner(self):
        self.ensure_one()
        rules = self.env["finance.ownership.policy"]._rules(self.domain)
        company_id = self.company_id.id
        for name in [line["field"] for line in self.sudo().content or []] or [None]:  # sudo: names of fields only
            keys = [(company_id, name), (None, name), (company_id, None), (None, None)]
            rule = next((rules[key] for key in keys if key in rules), None)
            if rule and rule[0] == self.connection_id.id:
                raise UserError(
                    self.env._(
                        "%(system)s is the authority for %(record)s. Take theirs, or change it there.",
                        system=self.connection_id.name,
                        record=self.record_name,
                    )
                )

    def action_ignore(self):
        """Leave it as it is; asks for the reason."""
        self._check_may_resolve()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ignore the difference"),
            "res_model": "finance.master.drift.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_drift_ids": self.ids},
        }

    def _resolve(self, state, reason=None):
        for drift in self.sudo():  # sudo: nobody may write findings; the role was checked
            drift.write({"state": state, "reason": reason, "resolved_by_id": self.env.uid})
            self.env["finance.audit"]._record(
                f"master.drift.{state}",
                drift.with_env(self.env),
                reason=reason,
                after={"domain": drift.domain, "external_id": drift.external_id, "finding": drift.kind},
            )

    def action_view_record(self):
        """Open the record."""
        self.ensure_one()
        self.check_access("read")
        if not self.res_id:
            raise UserError(self.env._("Odoo does not have it."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "view_mode": "form",
            "res_id": self.res_id,
        }

    @api.model
    def _metrics(self):
        """M-10: open findings by company, domain and kind.

        :return: list of dicts
        """
        groups = self.sudo()._read_group(  # sudo: counts for the metrics
            [("state", "=", "open")], ["company_id", "connection_id", "domain", "kind"], ["__count"]
        )
        return [
            {"company": company.id, "connection": connection.id, "domain": domain, "kind": kind, "count": count}
            for company, connection, domain, kind, count in groups
        ]


def _words(value):
    if value is None:
        return ""
    return ", ".join(value) if isinstance(value, tuple) else str(value)
