import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..const import ADMIN, AUDITOR
from ..retention import rules


class FinanceRetentionTombstone(models.Model):
    """What stays of the content of a message that was destroyed: fingerprints, sizes, who, when, by which policy.

    The key of the original is destroyed with the ciphertext. After the restore of an older backup the list of these
    rows, kept outside, destroys both once more (docs/retention-and-privacy.md).
    """

    _name = "finance.retention.tombstone"
    _description = "Destroyed Content"
    _inherit = ["finance.append.only"]
    _order = "id desc"
    _rec_name = "correlation_id"
    _allow_sudo_commands = False

    message_ref = fields.Integer(string="Message", required=True, readonly=True, index=True)
    payload_ref = fields.Integer(string="Payload", readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    policy_id = fields.Many2one("finance.retention.policy", readonly=True, ondelete="restrict", string="Data class")
    correlation_id = fields.Char(string="Correlation id", required=True, readonly=True)
    reason = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True)
    at = fields.Datetime(string="Destroyed", required=True, readonly=True)
    size = fields.Integer(string="Size (bytes)", readonly=True)
    sha256 = fields.Char(string="SHA-256 of the original", readonly=True)
    ciphertext_sha256 = fields.Char(string="SHA-256 of what was stored", readonly=True)
    was_sealed = fields.Boolean(readonly=True, help="Its key was destroyed: nothing opens it in a backup either.")

    _once = models.UniqueIndex("(message_ref, payload_ref)")

    @api.model
    def _destroy(self, messages, *, reason, policy=None):
        """Destroy the content of messages, in the transaction that keeps what stays of it.

        :return: the tombstones
        """
        messages = messages.sudo()  # sudo: destroyed without being shown; who may was checked
        messages.flush_recordset()
        rows, now = [], self.env.cr.now()
        for message in messages:
            for payload in (message.payload_id | message.evidence_id) or [None]:
                if payload is not None and payload._retention_shared(messages):
                    continue
                rows.append(
                    {
                        "message_ref": message.id,
                        "payload_ref": payload.id if payload is not None else 0,
                        "company_id": message.company_id.id,
                        "policy_id": policy.id if policy else False,
                        "correlation_id": message.correlation_id,
                        "reason": reason,
                        "user_id": self.env.uid,
                        "at": now,
                        **(payload._shred() if payload is not None else {}),
                    }
                )
        self.env.cr.execute(
            SQL(
                "UPDATE finance_message SET data = NULL, mapping_asked = NULL, result = NULL, detail = NULL,"
                " shredded_at = %s WHERE id = ANY(%s)",
                now,
                messages.ids,
            )
        )
        messages.invalidate_recordset()
        stones = self.sudo().create(rows)  # sudo: written here alone
        facts = [[stone.message_ref, stone.payload_ref, stone.ciphertext_sha256 or ""] for stone in stones.sorted("id")]
        self.env["finance.audit"]._record(
            "retention.destroyed",
            policy or self.browse(),
            reason=reason,
            after={
                "messages": len(messages),
                "originals": len(stones.filtered("payload_ref")),
                "bytes": sum(stones.mapped("size")),
                "sha256": hashlib.sha256(json.dumps(facts).encode()).hexdigest(),
            },
        )
        return stones

    def action_export_list(self):
        """Download the list of what was destroyed: kept outside, it is applied after a restore."""
        self.env["finance.message"]._check_role(ADMIN, AUDITOR)
        self.check_access("read")
        stones = self or self.search([("company_id", "in", self.env.companies.ids)])
        told = [
            {"message": one.message_ref, "payload": one.payload_ref, "sha256": one.sha256 or "", "at": str(one.at)}
            for one in stones
        ]
        attachment = self.env["ir.attachment"].create(
            {"name": "destroyed.json", "raw": json.dumps({"destroyed": told}, indent=1).encode()}
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }

    @api.model
    def _apply_list(self, told, reason):
        """Destroy once more what a restore has brought back.

        :param told: what :meth:`action_export_list` gave
        :return: number of messages whose content was there again
        """
        self.env["finance.message"]._check_role(ADMIN)
        try:
            wanted = {int(one["message"]): str(one["sha256"]) for one in told["destroyed"] if int(one["message"])}
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(self.env._("This is no list of what was destroyed.")) from error
        # as the person: nobody destroys what is of a company that was not chosen
        messages = self.env["finance.message"].search([("id", "in", list(wanted)), ("shredded_at", "=", False)])
        for message in messages:
            # public: fingerprints of content, no secret
            if wanted[message.id] and message.payload_sha256 and message.payload_sha256 != wanted[message.id]:
                raise AccessError(
                    self.env._("The list is of another database: message %s is not the same.", message.id)
                )
        if messages:
            self._destroy(messages, reason=reason)
        return len(messages)


class FinancePayload(models.Model):
    _inherit = "finance.payload"

    shredded_at = fields.Datetime(string="Destroyed", readonly=True)

    def _retention_shared(self, messages):
        """Say whether messages besides these still need the bytes."""
        others = self.env["finance.message"].sudo().search_count(  # sudo: whether there are any
            ["|", ("payload_id", "=", self.id), ("evidence_id", "=", self.id), ("id", "not in", messages.ids),
             ("shredded_at", "=", False)], limit=1,
        )  # fmt: skip
        return bool(self.shredded_at or others)

    def _shred(self):
        """Destroy key and bytes; :return: what stays of them"""
        self.ensure_one()
        self.env.cr.execute(
            SQL("SELECT content FROM finance_payload_chunk WHERE payload_id = %s ORDER BY sequence", self.id)
        )
        digest = hashlib.sha256()
        for (content,) in self.env.cr.fetchall():
            digest.update(bytes(content))
        stays = {
            "size": self.size,
            "sha256": self.sha256,
            "ciphertext_sha256": digest.hexdigest(),
            "was_sealed": bool(self.sealed_key),
        }
        self.env.cr.execute(SQL("DELETE FROM finance_payload_chunk WHERE payload_id = %s", self.id))
        self.write({"sealed_key": False, "name": False, "shredded_at": self.env.cr.now()})
        return stays

    def _open(self):
        # EXTENDS: say that it was destroyed, not that it is broken
        if self.shredded_at:
            raise UserError(self.env._("The original was destroyed on %s: its period was over.", self.shredded_at))
        return super()._open()


class FinanceMessage(models.Model):
    _inherit = "finance.message"

    shredded_at = fields.Datetime(string="Content destroyed", readonly=True, copy=False)

    def _retention_thing(self, with_people):
        """:return: what rules of retention ask about; people only where a hold could be about them"""
        return rules.Thing(
            closed=(self.closed_at or self.create_date).date(),
            flow=self.flow_id.id,
            partners=frozenset(self._people()) if with_people else frozenset(),
        )

    def _people(self):
        """:return: ids of the partners that the documents of a message are about"""
        found = set()
        # sudo: whom it is about, whoever asks
        for link in self.sudo().document_ids:
            found |= self._people_of(link.res_model, link.res_id)
        return found | self._people_of(self.res_model, self.res_id)

    @api.model
    def _people_of(self, model, number):
        if not model or not number or model not in self.env:
            return set()
        record = self.env[model].sudo().browse(number).exists()  # sudo: as above
        if not record:
            return set()
        if model == "res.partner":
            return {record.id, record.commercial_partner_id.id}
        partner = record["partner_id"] if "partner_id" in record._fields else None
        employee = record["employee_id"] if "employee_id" in record._fields else None
        found = {partner.id, partner.commercial_partner_id.id} if partner else set()
        return found | ({employee.work_contact_id.id} if employee and employee._name == "hr.employee" else set())
