"""The life of an order, from a proposal to what the bank did. Every method here is private: buttons call it."""

import hashlib
import json
import tempfile
import uuid

from odoo import models
from odoo.exceptions import UserError

from ..payments import canonical, schema, writer
from .finance_payment_order import BOUND

#: bytes of a file that are kept in memory
_SPOOL = 8 << 20
#: problems that are told in one message
_SHOWN = 30


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    # -- proposal ----------------------------------------------------------------------------------

    def _propose(self):
        """Bind the content: ids, digest, file. Refused with everything that the bank would refuse.

        :raise UserError: lists all errors
        """
        self._lock_state("draft")
        order = self.sudo()  # sudo: written by steps alone; whoever may has been checked by the button
        order._give_ids()
        content = self._content()
        errors = [issue for issue in self._issues(content) if issue["severity"] == "error"]
        if errors:
            raise UserError(self._told(errors))
        changes = order._changes(content)
        payload = order._write_file(content)
        documents = list(canonical.contents(content.batch))
        line_ids = [line_id for ids in content.lines for line_id in ids]
        order._bind_lines(line_ids, documents)
        order.write(
            {
                "state": "proposed",
                "round": order.round + 1,
                "digest": canonical.digest_of(content.batch, (digest for _document, digest in documents)),
                "payload_id": payload.id,
                "file_sha256": payload.sha256,
                "proposed_by_id": self.env.uid,
                "proposed_at": self.env.cr.now(),
                "attention": False,
                "proposed_summary": order._summary(),
                "last_changes": changes or False,
                "correlation_id": order.correlation_id or str(uuid.uuid4()),
            }
        )
        self._decided("propose")
        self._audit("payment.proposed")
        self._tell_next()

    def _give_ids(self):
        """Ids are given once, before anything is sent, and never to another payment."""
        if not self.message_id_for_bank:
            self.message_id_for_bank = self.name
        lines = self.line_ids.filtered(lambda line: not line.end_to_end_id)
        if lines:
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE finance_payment_line SET end_to_end_id = new.end_to_end_id, uetr = new.uetr "
                "FROM unnest(%s::int[], %s::text[], %s::text[]) AS new (id, end_to_end_id, uetr) "
                "WHERE finance_payment_line.id = new.id",
                [lines.ids, [f"{self.name}-{line.id}" for line in lines], [str(uuid.uuid4()) for _line in lines]],
            )
            lines.invalidate_recordset(["end_to_end_id", "uetr"])

    def _bind_lines(self, line_ids, documents):
        """Keep what is approved with each payment, in one statement.

        :param documents: canonical form and digest of each of the lines
        """
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_payment_line SET digest = new.digest, approved_content = new.content::jsonb "
            "FROM unnest(%s::int[], %s::text[], %s::text[]) AS new (id, digest, content) "
            "WHERE finance_payment_line.id = new.id",
            [line_ids, [digest for _document, digest in documents], [json.dumps(one) for one, _digest in documents]],
        )
        self.line_ids.invalidate_recordset(["digest", "approved_content"])

    def _write_file(self, content):
        """:return: the payload with the bytes that leave, validated by the official schema"""
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as stream:
            written = writer.write(stream, content.batch, self._version())
            stream.seek(0)
            try:
                count = schema.validate(stream, self._version())
            except schema.SchemaError as error:
                raise UserError(self.env._("The file is not as the standard wants it: %s", error)) from error
            if count != written.count or count != len(self.line_ids):
                raise UserError(self.env._("The file does not hold every payment once. Nothing was proposed."))
            stream.seek(0)
            return self.env["finance.payload"]._store(
                stream,
                company=self.company_id,
                name=f"{self.message_id_for_bank}.xml",
                content_type="application/xml",
            )

    def _told(self, issues):
        """:return: the issues as one text for people, with place and way out

        Payments are told by their place: the server logs what is refused, and names do not belong there (B-44).
        """
        places = {line.id: number for number, line in enumerate(self.line_ids, 1)}
        told = []
        for issue in issues[:_SHOWN]:
            place = places.get(issue["line_id"])
            whose = self.env._("Payment %s: ", place) if place else ""
            told.append(f"• {whose}{issue['message']}. {issue['fix']}.")
        if len(issues) > _SHOWN:
            told.append(self.env._("... and %s more.", len(issues) - _SHOWN))
        return "\n".join([self.env._("%s cannot be proposed yet:", self.display_name), *told])

    # -- back --------------------------------------------------------------------------------------

    def _back_to_draft(self):
        # sudo: written by steps alone; the file of a proposal that is void never leaves
        self.sudo().write(
            {"state": "draft", "digest": False, "payload_id": False, "file_sha256": False, "proposed_at": False}
        )

    def _void(self, reason):
        """Take all approvals away: what was approved is not what would leave. From sending on it is too late.

        :param str reason: for people
        """
        self.ensure_one()
        if self.state not in (*BOUND, "released"):
            return
        self._decided("void", reason)
        if self.state == "released":
            self._take_back(reason)
        self._back_to_draft()
        self._audit("payment.void", reason)
        self.sudo().attention = self.env._("Approvals are void: %s", reason)  # sudo: written by steps alone
        self._tell_next()

    def _cancel(self, reason):
        """It will not be sent. EXTENDS by what was prepared at release."""
        self._lock_state("draft", "proposed", "approved", "released")
        self._decided("cancel", reason)
        if self.state == "released":
            self._take_back(reason)
        # sudo: written by steps alone
        self.sudo().write({"state": "cancelled", "attention": False, "finished_at": self.env.cr.now()})
        self.sudo().line_ids.write({"state": "cancelled"})
        self._audit("payment.cancelled", reason)
        self._tell_next()

    # -- at the bank -------------------------------------------------------------------------------

    def _sending(self):
        """The intent to send is committed: from here on it may have left.

        Whoever sends asks :meth:`_still_as_seen` first: between release and sending, an account may have been changed.
        """
        self._lock_state("released", "unknown", "sending")
        self.sudo().write({"state": "sending"})  # sudo: written by steps alone

    def _sent(self, reference=None):
        """The bank has it.

        :param str reference: what the bank calls it
        """
        self.ensure_one()
        order = self.sudo()  # sudo: written by steps alone
        if order.state not in ("released", "sending", "unknown"):
            # a status was faster than the answer
            return
        order.write({"state": "sent", "sent_at": self.env.cr.now(), "attention": False})
        if reference:
            order.bank_reference = reference
        self._audit("payment.sent")
        order.line_ids._stand()

    def _unknown(self, detail):
        """Nobody knows whether the bank has it: nothing is sent again before that is known.

        :param str detail: what happened, for people
        """
        self.ensure_one()
        order = self.sudo()  # sudo: written by steps alone
        if order.state in ("released", "sending"):
            order.write({"state": "unknown", "attention": detail})
            self._audit("payment.unknown", detail)

    # -- the file ----------------------------------------------------------------------------------

    def _file(self):
        """:return: the bytes that leave, as a binary file object, after they were compared with their fingerprint"""
        self.ensure_one()
        order = self.sudo()  # sudo: whoever may have them has been checked by the caller
        if not order.payload_id:
            raise UserError(self.env._("%s has no file yet: it is made when it is proposed.", self.display_name))
        stream = order.payload_id._open()
        digest = hashlib.sha256()
        while piece := stream.read(1 << 20):
            digest.update(piece)
        stream.seek(0)
        if digest.hexdigest() != order.file_sha256:  # public: a fingerprint of content, no secret
            raise UserError(self.env._("The file of %s is not the one that was approved.", self.display_name))
        return stream
