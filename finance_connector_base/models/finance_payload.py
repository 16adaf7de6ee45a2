import hashlib
import io
import tempfile
import zlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: bytes per stored piece; bounds the memory of storing and reading a file of any size
CHUNK_SIZE = 1 << 20
#: a payload up to this size is read into memory, a larger one into a temporary file
SPOOL_SIZE = 8 << 20


class PayloadTooLarge(UserError):
    """More bytes than the connection accepts."""

    def __init__(self, size, message=""):
        super().__init__(message)
        self.size = size


class FinancePayload(models.Model):
    """The raw bytes of an exchange, exactly as they came or went.

    Not an attachment: attachments index text in clear, answer a lost file with empty
    bytes and can be re-linked by whoever may write them. The bytes are kept compressed in
    pieces (``finance.payload.chunk``) and their SHA-256 is verified at every read.
    """

    _name = "finance.payload"
    _description = "Raw Payload"
    _allow_sudo_commands = False

    name = fields.Char(string="File name", readonly=True)
    content_type = fields.Char(readonly=True)
    size = fields.Integer(string="Size (bytes)", readonly=True)
    sha256 = fields.Char(string="SHA-256", readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)

    @api.model
    def _store(self, stream, *, company, name="", content_type="", max_bytes=None):
        """Store a stream of bytes.

        :param stream: binary file object, or ``bytes``
        :param company: company the bytes belong to
        :param int max_bytes: refuse more than this
        :raise PayloadTooLarge: (a ``UserError``) when the stream is longer than ``max_bytes``
        :return: the new payload
        """
        if isinstance(stream, bytes):
            stream = io.BytesIO(stream)
        # sudo: only the engine writes payloads; whoever may hand in bytes has been checked by the caller
        payload = self.sudo().create({"name": name, "content_type": content_type, "company_id": company.id})
        digest = hashlib.sha256()
        size = 0
        sequence = 0
        while piece := stream.read(CHUNK_SIZE):
            size += len(piece)
            if max_bytes is not None and size > max_bytes:
                raise PayloadTooLarge(
                    size,
                    self.env._(
                        "%(name)s is larger than the %(limit)s MB that this connection accepts. "
                        "Raise the limit on the connection, or ask the sender to split the file.",
                        name=name or self.env._("The file"),
                        limit=max_bytes >> 20,
                    ),
                )
            digest.update(piece)
            self.env.cr.execute(
                "INSERT INTO finance_payload_chunk (payload_id, sequence, content) VALUES (%s, %s, %s)",
                (payload.id, sequence, zlib.compress(piece, 1)),
                log_exceptions=False,  # the statement holds the bytes
            )
            sequence += 1
            # a long download under a fetch run: the worker is alive
            self.env["finance.dispatcher"]._heartbeat()
        payload.write({"size": size, "sha256": digest.hexdigest()})
        return payload

    def _open(self):
        """Give the bytes back as a binary file object at position 0.

        :raise UserError: when the stored bytes are not what was received (evidence missing)
        """
        self.ensure_one()
        # sudo: pieces are readable by nobody; the right to the message was checked by the caller
        payload = self.sudo()
        payload.flush_recordset()
        spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_SIZE)
        digest = hashlib.sha256()
        sequence = 0
        intact = True
        while intact:
            self.env.cr.execute(
                "SELECT content FROM finance_payload_chunk WHERE payload_id = %s AND sequence = %s",
                (payload.id, sequence),
            )
            row = self.env.cr.fetchone()
            if row is None:
                break
            try:
                piece = zlib.decompress(row[0])
            except zlib.error:
                intact = False
            else:
                digest.update(piece)
                spool.write(piece)
                sequence += 1
        if not intact or digest.hexdigest() != payload.sha256:
            spool.close()
            raise UserError(
                self.env._(
                    "Evidence missing: the stored content of %(name)s no longer matches its fingerprint. "
                    "Restore it from a backup; it cannot be processed as it is.",
                    name=payload.name or payload.id,
                )
            )
        spool.seek(0)
        return spool

    def _read_head(self, length):
        """:return: the first ``length`` bytes without verifying the whole (for a preview)"""
        self.ensure_one()
        self.env.cr.execute(
            SQL("SELECT content FROM finance_payload_chunk WHERE payload_id = %s AND sequence = 0", self.id)
        )
        row = self.env.cr.fetchone()
        try:
            return zlib.decompress(row[0])[:length] if row else b""
        except zlib.error:
            return b""
