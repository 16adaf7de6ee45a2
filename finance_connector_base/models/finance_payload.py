import hashlib
import io
import tempfile
import zlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.errors import AuthNeededError, FinanceError, UnavailableError
from ..safe import crypto

#: bytes per stored piece; bounds the memory of storing and reading a file of any size
CHUNK_SIZE = 1 << 20
#: a payload up to this size is read into memory, a larger one into a temporary file
SPOOL_SIZE = 8 << 20


class PayloadTooLarge(UserError):
    """More bytes than the connection accepts."""

    def __init__(self, size, message=""):
        super().__init__(message)
        self.size = size


class PayloadLocked(AuthNeededError, UserError):
    """The master key that opens (or would seal) the bytes is not there: locked, not lost."""


class PayloadUnreachable(UnavailableError, UserError):
    """The vault that keeps the master key does not answer right now."""


class FinancePayload(models.Model):
    """The raw bytes of an exchange, exactly as they came or went.

    Not an attachment: attachments index text in clear, answer a lost file with empty
    bytes and can be re-linked by whoever may write them. The bytes are kept compressed in
    pieces (``finance.payload.chunk``) and their SHA-256 is verified at every read.

    Each payload has a data key of its own, wrapped by the master key: its pieces are ciphertext in
    the database, and to destroy the key is to destroy the bytes. Without a master key the bytes are
    stored in clear, until something was sealed for the first time: from then on a missing key is
    a fault that stops storing and reading.
    """

    _name = "finance.payload"
    _description = "Raw Payload"
    _inherit = ["finance.sealed"]
    _allow_sudo_commands = False
    _sealed_fields = ("sealed_key",)

    name = fields.Char(string="File name", readonly=True)
    content_type = fields.Char(readonly=True)
    size = fields.Integer(string="Size (bytes)", readonly=True)
    sha256 = fields.Char(string="SHA-256", readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    sealed_key = fields.Char(
        readonly=True, copy=False, groups=fields.NO_ACCESS, help="Wrapped data key; empty: the bytes are in clear."
    )

    @api.model
    def _store(self, stream, *, company, name="", content_type="", max_bytes=None):
        """Store a stream of bytes.

        :param stream: binary file object, or ``bytes``
        :param company: company the bytes belong to
        :param int max_bytes: refuse more than this
        :raise PayloadTooLarge: (a ``UserError``) when the stream is longer than ``max_bytes``
        :raise PayloadLocked: (a ``UserError``, too) when the master key is missing
        :return: the new payload
        """
        if isinstance(stream, bytes):
            stream = io.BytesIO(stream)
        # sudo: only the engine writes payloads; whoever may hand in bytes has been checked by the caller
        payload = self.sudo().create({"name": name, "content_type": content_type, "company_id": company.id})
        key, sealed_key = payload._new_key()
        place = payload._piece_place()
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
            content = zlib.compress(piece, 1)
            if key:
                content = crypto.seal_piece(key, sequence, content, place)
            self.env.cr.execute(
                "INSERT INTO finance_payload_chunk (payload_id, sequence, content) VALUES (%s, %s, %s)",
                (payload.id, sequence, content),
                log_exceptions=False,  # the statement holds the bytes
            )
            sequence += 1
            # a long download under a fetch run: the worker is alive
            self.env["finance.dispatcher"]._heartbeat()
        payload.write({"size": size, "sha256": digest.hexdigest(), "sealed_key": sealed_key})
        return payload

    def _new_key(self):
        """:return: the data key of this payload in clear and wrapped; nothing twice when nothing is sealed"""
        if not self._is_sealing():
            return None, False
        try:
            ring = self._master_keys()
        except FinanceError as error:
            raise locked_for_people(error) from error
        self._note_sealing(ring)
        return crypto.new_key(ring, self._seal_place("sealed_key"))

    def _open_key(self):
        """:return: the data key of this payload, or None when it was stored in clear
        :raise PayloadLocked: the master key is missing or does not open it
        """
        if not self.sealed_key:
            return None
        try:
            return crypto.open_key(self._master_keys(), self.sealed_key, self._seal_place("sealed_key"))
        except crypto.KeyMissing as error:
            raise locked_for_people(self._locked(error)) from error
        except FinanceError as error:
            raise locked_for_people(error) from error
        except crypto.SealBroken as error:
            detail = self.env._("The content of %s does not open here.", self.name or self.id)
            raise PayloadLocked(detail, reason="secret_broken") from error

    def _piece_place(self):
        return f"finance.payload.chunk/{self.id}"

    def _open(self):
        """Give the bytes back as a binary file object at position 0.

        :raise UserError: when the stored bytes are not what was received (evidence missing)
        :raise PayloadLocked: when the master key is missing
        """
        self.ensure_one()
        # sudo: pieces are readable by nobody; the right to the message was checked by the caller
        payload = self.sudo()
        payload.flush_recordset()
        key = payload._open_key()
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
                piece = payload._clear(key, sequence, row[0])
            except (zlib.error, crypto.SealBroken):
                intact = False
            else:
                digest.update(piece)
                spool.write(piece)
                sequence += 1
        # public: a fingerprint of content, no key in it
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

    def _clear(self, key, sequence, content):
        content = bytes(content)
        return zlib.decompress(crypto.open_piece(key, sequence, content, self._piece_place()) if key else content)

    def _read_part(self, start, length):
        """Give back a part of what was stored from a file, reading no more than that.

        :return: at most ``length`` bytes; what they belong to is proved by whoever has all parts
        :raise PayloadLocked: when the master key is missing
        """
        self.ensure_one()
        payload = self.sudo()  # sudo: the right to the bytes was checked by the caller
        key = payload._open_key()
        first, skipped = divmod(start, CHUNK_SIZE)
        last = (start + length - 1) // CHUNK_SIZE
        self.env.cr.execute(
            SQL(
                "SELECT sequence, content FROM finance_payload_chunk"
                " WHERE payload_id = %s AND sequence BETWEEN %s AND %s ORDER BY sequence",
                self.id,
                first,
                last,
            )
        )
        pieces = [payload._clear(key, sequence, content) for sequence, content in self.env.cr.fetchall()]
        return b"".join(pieces)[skipped : skipped + length]

    def _read_head(self, length):
        """:return: the first ``length`` bytes without verifying the whole (for a preview); none when locked"""
        self.ensure_one()
        self.env.cr.execute(
            SQL("SELECT content FROM finance_payload_chunk WHERE payload_id = %s AND sequence = 0", self.id)
        )
        row = self.env.cr.fetchone()
        payload = self.sudo()  # sudo: the right to the message was checked by the caller
        try:
            return payload._clear(payload._open_key(), 0, row[0])[:length] if row else b""
        except (zlib.error, crypto.SealBroken, FinanceError):
            return b""


def locked_for_people(error):
    """The same error, which a person's request answers as a sentence, too."""
    kind = PayloadUnreachable if isinstance(error, UnavailableError) else PayloadLocked
    return kind(error.detail, reason=error.reason)
