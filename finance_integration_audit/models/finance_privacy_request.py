import io
import json
import zipfile

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_connector_base.engine.text import to_json
from odoo.addons.finance_connector_base.models.step_up import step_up
from odoo.addons.finance_connector_base.safe import archive
from odoo.addons.finance_connector_base.safe.errors import SafetyError

from ..const import ADMIN, AUDITOR
from ..retention import rules, search

#: messages read at once
PAGE = 500
#: how a compressed file begins
GZIP = b"\x1f\x8b"


class FinancePrivacyRequest(models.Model):
    """A person asks what is kept about him, or that it be erased (A-07, G-09).

    What is found: messages whose documents belong to the person, and those whose values name him. Erasure destroys the
    content of what neither law nor a legal hold keeps, and tells what is kept and why.
    """

    _name = "finance.privacy.request"
    _description = "Request of a Person"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Person", required=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    reason = fields.Text(string="What was asked", required=True)
    identifiers = fields.Text(
        string="Also known by",
        help="One a line: account numbers, customer numbers, addresses, earlier names. Searched beside the name, "
        "address and bank accounts of the contact.",
    )
    look_inside = fields.Boolean(
        string="Look inside of files", default=True, help="Reads every stored original of the company; takes a while."
    )
    unread_count = fields.Integer(
        string="Files that could not be read", readonly=True, help="Damaged, or sealed by a key that is not at hand."
    )
    state = fields.Selection(
        [("draft", "Open"), ("exported", "Told"), ("erased", "Erased")], default="draft", readonly=True, tracking=True
    )
    message_ids_found = fields.Json(readonly=True)
    found_count = fields.Integer(string="Messages found", readonly=True)
    erased_count = fields.Integer(string="Erased", readonly=True)
    kept_text = fields.Text(string="What is kept, and why", readonly=True)
    done_by_id = fields.Many2one("res.users", string="Done by", readonly=True)
    done_at = fields.Datetime(string="Done on", readonly=True)

    def write(self, vals):
        """EXTENDS base: what was done about a request is written by the request itself."""
        told = {"state", "message_ids_found", "found_count", "erased_count", "kept_text", "done_by_id", "done_at"}
        told.add("unread_count")
        if not self.env.su and (told & vals.keys() or self.filtered(lambda one: one.state != "draft")):
            raise AccessError(self.env._("What was done is kept as it is."))
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        kept = {"partner_id", "company_id", "reason", "identifiers", "look_inside"}
        return super().create([{name: vals[name] for name in kept & vals.keys()} for vals in vals_list])

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Requests of persons are kept."))

    # -- find ----------------------------------------------------------------------------------

    def _words(self):
        """:return: what names the person"""
        partner = self.partner_id.sudo()  # sudo: the person the request is about
        accounts = partner.bank_ids.mapped("sanitized_acc_number")
        return search.Words([partner.name, partner.email, *accounts, *(self.identifiers or "").splitlines()])

    def _find(self):
        """:return: messages about the person; how many files could not be read is noted"""
        self.ensure_one()
        # sudo: everything that is kept of a person, whoever works the request; the role was checked
        messages = self.env["finance.message"].sudo()
        company = [("company_id", "=", self.company_id.id), ("shredded_at", "=", False)]
        people = {self.partner_id.id, self.partner_id.commercial_partner_id.id}
        words, last, seen, found = self._words(), 0, {}, []
        while page := messages.search([*company, ("id", ">", last)], order="id", limit=PAGE):
            last = page[-1].id
            found += page.filtered(lambda message: self._is_about(message, people, words, seen)).ids
            page.invalidate_recordset()
        self.sudo().unread_count = sum(named is None for named in seen.values())  # sudo: written here alone
        return messages.browse(found)

    def _is_about(self, message, people, words, seen):
        """:param seen: dict id of a file -> whether it names the person, None: it could not be read"""
        if people & message._people():
            return True
        values = json.dumps(message.data or {}, ensure_ascii=False, default=str)
        if words.in_text(f"{message.subject or ''} {values}"):
            return True
        if not self.look_inside or not words:
            return False
        for payload in message.payload_id | message.evidence_id:
            if payload.id not in seen:
                seen[payload.id] = self._is_named_inside(payload, words)
        return any(seen[payload.id] for payload in message.payload_id | message.evidence_id)

    @api.model
    def _is_named_inside(self, payload, words):
        """:return: whether the bytes of a file name somebody; None where they cannot be read"""
        if payload.shredded_at:
            return False
        try:
            with payload._open() as stream:
                head = stream.read(4)
                stream.seek(0)
                if archive.is_archive(head):
                    with archive.Archive(stream) as members:
                        return any(words.in_stream(member.stream) for member in members)
                return words.in_gzip(stream) if head.startswith(GZIP) else words.in_stream(stream)
        except (UserError, SafetyError, ValueError):
            return None

    # -- tell ----------------------------------------------------------------------------------

    def _check_work(self, *groups):
        self.ensure_one()
        self.env["finance.message"]._check_role(*groups)
        self.check_access("read")

    def action_find(self):
        """Count what is kept about the person, and show it masked."""
        self._check_work(ADMIN, AUDITOR)
        found = self._find()
        self.sudo().write({"message_ids_found": found.ids, "found_count": len(found)})  # sudo: written here alone
        self.env["finance.audit"]._record("privacy.searched", self, reason=self.reason, after={"found": len(found)})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What is kept about the person"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("id", "in", found.ids)],
        }

    def action_export(self):
        """Give out everything that is kept about the person; with the password."""
        self._check_work(ADMIN, AUDITOR)
        return self._export_verified()

    @step_up
    def _export_verified(self):
        content, count = self._zip()
        request = self.sudo()  # sudo: written here alone
        request.write({"found_count": count, "done_by_id": self.env.uid, "done_at": self.env.cr.now()})
        if self.state == "draft":
            request.state = "exported"
        self.env["finance.audit"]._record("privacy.exported", self, reason=self.reason, after={"messages": count})
        attachment = self.env["ir.attachment"].create({"name": f"person-{self.id}.zip", "raw": content})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }

    def _zip(self):
        found = self._find()
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            told = []
            for message in found:
                told.append(
                    {
                        "message": message.id,
                        "correlation_id": message.correlation_id,
                        "flow": message.flow_id.name,
                        "at": message.create_date,
                        "values": message.data,
                        "original": f"originals/{message.payload_id.id}" if message.payload_id else None,
                    }
                )
            for payload in found.payload_id:
                with payload._open() as stream:
                    archive.writestr(f"originals/{payload.id}", stream.read())
            archive.writestr("messages.json", to_json(told))
        return target.getvalue(), len(found)

    # -- erase ---------------------------------------------------------------------------------

    def action_erase(self):
        """Destroy the content that neither law nor a legal hold keeps; with the password."""
        self._check_work(ADMIN)
        return self._erase_verified()

    @step_up
    def _erase_verified(self):
        return self._erase()

    def _erase(self):
        self._check_work(ADMIN)
        if self.state == "erased":
            raise UserError(self.env._("It was erased already."))
        today = fields.Date.context_today(self)
        holds = self.env["finance.legal.hold"]._rules(self.company_id)
        free, kept = self.env["finance.message"].sudo(), {}  # sudo: destroyed without being shown
        for message in self._find():
            why = self._keeps(message, holds, today)
            if why:
                kept.setdefault(why, []).append(message.correlation_id)
            else:
                free |= message
        if free:
            self.env["finance.retention.tombstone"]._destroy(free, reason=self.env._("a person asked for it"))
            self.env["finance.content.key"]._destroy_spent()
        text = "\n".join(f"{why}: {len(ids)} ({', '.join(ids)})" for why, ids in sorted(kept.items()))
        self.sudo().write(  # sudo: written here alone, the role was checked
            {
                "state": "erased",
                "found_count": len(free) + sum(map(len, kept.values())),
                "erased_count": len(free),
                "kept_text": text or self.env._("Nothing."),
                "done_by_id": self.env.uid,
                "done_at": self.env.cr.now(),
            }
        )
        self.env["finance.audit"]._record(
            "privacy.erased",
            self,
            reason=self.reason,
            after={"erased": len(free), "kept": {why: len(ids) for why, ids in kept.items()}},
        )
        return True

    def _keeps(self, message, holds, today):
        """:return: what keeps a message, in words, or nothing"""
        if message.is_open:
            return self.env._("Not worked yet")
        policy = self.env["finance.retention.policy"]._of_flow(message.flow_id)
        if not policy:
            return self.env._("No policy tells how long it has to be kept")
        why = rules.kept_by_law(message._retention_thing(True), policy._period(), holds, today)
        if why == "law":
            return policy.basis
        return self.env._("Legal hold %s", why) if why else ""
