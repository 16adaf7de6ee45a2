import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.finance_connector_base.const import OPERATOR
from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored
from odoo.addons.finance_connector_base.safe import archive
from odoo.addons.finance_connector_base.safe.errors import SafetyError

from ..formats.detect import HEAD_SIZE, claims
from ..formats.model import FormatError, Question
from ..formats.other_files import what_it_is
from ..formats.sheet.reader import Sheet
from ..formats.sheet.tables import UNSURE, Tables, preferred
from ..formats.sheet.workbook import Workbook, is_workbook
from ..formats.text_lines import as_utf8

#: what was refused by :mod:`safe`, where it is no danger but damage
REASONS = {"archive_empty": "bank_file_empty", "archive_broken": "bank_file_broken"}


class FinanceBankHandlerFile(models.AbstractModel):
    """A file from a bank: unpack, recognise, stage; one message goes on for each statement."""

    _name = "finance.bank.handler.file"
    _inherit = "finance.handler"
    _description = "Bank Statement File"
    _takes_files = True

    @api.model
    def _handle(self, message):
        if not message.payload_id:
            raise MalformedError(self.env._("The message carries no file."), reason="bank_file_empty")
        with message.payload_id._open() as stream:
            head = stream.read(HEAD_SIZE)
            stream.seek(0)
            if not head.strip():
                raise MalformedError(self.env._("%s is empty.", message.subject), reason="bank_file_empty")
            try:
                if archive.is_archive(head):
                    if is_workbook(stream):
                        return self._stage_workbook(message, stream)
                    return self._unpack(message, stream)
                return self._stage(message, stream, head)
            except SafetyError as error:
                raise MalformedError(
                    self.env._("%(file)s was refused: %(why)s", file=message.subject, why=error),
                    reason=REASONS.get(error.code, "bank_file_unsafe"),
                ) from error

    @api.model
    def _unpack(self, message, stream):
        """Each member becomes a message of its own, known by its content."""
        envelopes = []
        with archive.Archive(stream) as members:
            for member in members:
                payload = self.env["finance.payload"]._store(
                    member.stream, company=message.company_id, name=member.name
                )
                envelopes.append(
                    Envelope(
                        subject=f"{message.subject}: {member.name}",
                        payload_id=payload.id,
                        dedupe_key=f"sha256:{payload.sha256}",
                        content_hash=payload.sha256,
                        correlation_id=message.correlation_id,
                        parent_id=message.id,
                    )
                )
        if not envelopes:
            raise MalformedError(self.env._("%s holds no file.", message.subject), reason="bank_file_empty")
        children = self.env["finance.message"]._enqueue(message.flow_id, envelopes)
        return Done(result={"files": len(children), "known_already": len(children.filtered("duplicate_of_id"))})

    @api.model
    def _stage(self, message, stream, head):
        formats = self.env["finance.bank.statement.format"]._formats_of(message.company_id)
        found = claims(formats, head, message.subject or "")
        sheets = [one for one in formats if isinstance(one, Sheet)]
        if found and all(isinstance(one, Sheet) for one in found):
            # several tables of one file may each have a profile
            found = preferred(found, message.subject or "")
            return self._stage_as(message, stream, Tables(found, sheets))
        if len(found) == 1:
            return self._stage_as(message, stream, found[0])
        detail = self.env._(
            "%(file)s is in none of the formats this database reads (%(formats)s).",
            file=message.subject,
            formats=", ".join(known.name for known in formats),
        )
        alike = [one.name for one in sheets if one.has_shape(as_utf8(head))]
        if alike:
            # too little to know a bank by: a person says what its files are called
            alike = self.env._("Its columns are those of %s, which knows its files by their names.", ", ".join(alike))
            return self._hold_unknown(message, f"{detail} {alike}")
        what = what_it_is(head)
        return self._hold_unknown(message, f"{detail} {self.env._('It is %s.', what)}" if what else detail)

    @api.model
    def _stage_workbook(self, message, stream):
        """A workbook shows its header only when it is unpacked: its profiles look at the whole of it."""
        formats = self.env["finance.bank.statement.format"]._formats_of(message.company_id)
        profiles = [known for known in formats if isinstance(known, Workbook)]
        try:
            found = [known for known in profiles if known.identify_file(stream, message.subject or "")]
        except FormatError as error:
            raise MalformedError(
                self.env._("%(file)s was refused: %(why)s", file=message.subject, why=error),
                reason="bank_file_unsafe" if error.code != "workbook_broken" else "bank_file_broken",
                params={"code": error.code, "place": error.place},
            ) from error
        if not found:
            return self._hold_unknown(
                message,
                self.env._(
                    "%(file)s is a workbook, and none of the XLSX profiles fits it: %(profiles)s.",
                    file=message.subject,
                    profiles=", ".join(known.name for known in profiles) or self.env._("there is none"),
                ),
            )
        found = preferred(found, message.subject or "")
        return self._stage_as(message, stream, Tables(found, profiles))

    @api.model
    def _hold_unknown(self, message, detail):
        """A sheet profile that is written or changed lets it go on."""
        return Held(
            reason="bank_format_unknown",
            error_class="data",
            detail=detail,
            waiting_key=self.env["finance.bank.statement.profile"]._waiting_key(message.company_id),
        )

    @api.model
    def _stage_as(self, message, stream, statement_format):
        again = self.env["finance.bank.again"]
        digest = again._digest(stream, statement_format)
        earlier = again._earlier(message, digest)
        if earlier and not self._is_compared(message):
            return self._ignore_again(message, earlier)
        try:
            statements = self.env["finance.bank.stager"]._stage(
                message, self._told(message, statement_format).parse(stream)
            )
        except Question as error:
            raise self._asked(message, error) from error
        except FormatError as error:
            if error.code in UNSURE:
                # nothing was staged: all tables are read before
                return self._hold_unknown(message, self.env._("%(file)s: %(why)s", file=message.subject, why=error))
            raise MalformedError(
                self.env._(
                    "%(file)s is in the format %(format)s, but broken: %(error)s",
                    file=message.subject,
                    format=statement_format.name,
                    error=error,
                ),
                reason="bank_file_broken",
                params={"code": error.code, "place": error.place},
            ) from error
        statements.file_digest = digest
        return Done(
            result={"format": statement_format.code, "statements": len(statements)},
            documents=tuple(("finance.bank.statement", statement.id) for statement in statements),
        )

    @api.model
    def _is_compared(self, message):
        """:return: whether the statements of its channel are compared with those of another one, which may bring the
        same file (B-51)"""
        return bool(message.connection_id._bank_flow("finance.bank.handler.statement").dual_run_id)

    @api.model
    def _ignore_again(self, message, earlier):
        return Ignored(
            reason="duplicate",
            detail=self.env._(
                "%(file)s was written anew by the bank and says what %(earlier)s said; all of it is on the ledger.",
                file=message.subject,
                earlier=earlier.file_message_id.subject,
            ),
            documents=tuple(("finance.bank.statement", statement.id) for statement in earlier),
        )

    @api.model
    def _fix_action(self, exception):
        if exception.reason_code == "bank_format_unknown":
            return self._describe_action(exception.message_id)
        return self.env["finance.bank.handler.statement"]._fix_action(exception)

    @api.model
    def _describe_action(self, message):
        """Write a profile for a table; the file goes on as soon as it is saved."""
        message._check_role(OPERATOR)
        profiles = self.env["finance.bank.statement.profile"]
        if not profiles.has_access("create"):
            raise AccessError(
                self.env._("Ask a connector administrator to describe the columns of this file in a sheet profile.")
            )
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Columns of %s", message.subject),
            "res_model": profiles._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_company_id": message.company_id.id,
                "default_message_id": message.id,
                "dialog_size": "extra-large",
            },
        }
        if not profiles.with_context(**action["context"]).default_get(["kind", "message_id"]).get("delimiter"):
            raise UserError(
                self.env._(
                    "%(file)s is no table of rows and columns. %(remedy)s",
                    file=message.subject,
                    remedy=message.remedy or "",
                )
            )
        return action


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.bank.handler.file", "Read bank statement files")],
        ondelete={"finance.bank.handler.file": "cascade"},
    )

    @api.model_create_multi
    def create(self, vals_list):
        """What a file holds goes on in a second flow; it is there from the beginning."""
        flows = super().create(vals_list)
        for flow in flows:
            if flow.handler == "finance.bank.handler.file":
                flow.connection_id._bank_flow("finance.bank.handler.statement")
        return flows


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    def _bank_flow(self, handler):
        """:return: the flow of this connection that a handler works, made with its defaults when missing"""
        self.ensure_one()
        connection = self.sudo()  # sudo: whoever may hand in a file need not be allowed to configure flows
        flow = connection.flow_ids.filtered(lambda f: f.handler == handler)[:1]
        if flow:
            return flow
        # two workers that make the first flow at the same time meet at this row: the later one
        # gets a serialization error, runs again, and then finds the flow
        self.env.cr.execute(
            SQL("UPDATE finance_connection SET write_date = write_date WHERE id = %s", self.id),
            log_exceptions=False,
        )
        is_file = handler == "finance.bank.handler.file"
        return (
            self.env["finance.flow"]
            .sudo()
            .create(
                {
                    "name": self.env._("Bank statement files") if is_file else self.env._("Bank statements"),
                    "connection_id": connection.id,
                    "handler": handler,
                    "direction": "in",
                    "priority": 40 if is_file else 45,
                    "batch_size": 1 if is_file else 10,
                    "lease_seconds": 900,
                    # a statement that is held shows as a gap to the next one, which says more than a silent wait
                    "held_blocks": False,
                }
            )
        )

    @api.model
    def _bank_receive(self, company, files):
        """Queue files that people hand in.

        :param company: company the files are for
        :param files: list of (name, bytes)
        :return: the messages; a file that is known already comes back as ``ignored``
        """
        handler = "finance.bank.handler.file"
        flow = self._manual(company, handler)._bank_flow(handler)
        envelopes = []
        for name, content in files:
            payload = self.env["finance.payload"]._store(content, company=company, name=name)
            envelopes.append(
                Envelope(
                    subject=name,
                    payload_id=payload.id,
                    dedupe_key=f"sha256:{hashlib.sha256(content).hexdigest()}",
                    content_hash=payload.sha256,
                )
            )
        return self.env["finance.message"].sudo()._enqueue(flow, envelopes)  # sudo: the role was checked by the caller
