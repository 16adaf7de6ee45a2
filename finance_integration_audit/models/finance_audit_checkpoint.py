import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import AUDITOR
from ..trail import keys
from ..trail.canonical import moment
from ..trail.chain import START, read_hex
from ..trail.head import Head, Signed, parse
from ..trail.merkle import Tree
from .finance_audit_sealer import MOST


class FinanceAuditCheckpoint(models.Model):
    """A signed head of the Merkle tree: everything so far in one hash; anchored outside (``finance.audit.anchor``)."""

    _name = "finance.audit.checkpoint"
    _description = "Checkpoint of the Audit Trail"
    _inherit = ["finance.append.only"]
    _order = "number desc"
    _rec_name = "number"
    _allow_sudo_commands = False

    number = fields.Integer(readonly=True, aggregator=None)
    at = fields.Datetime(string="When", readonly=True)
    size = fields.Integer(string="Entries", readonly=True, aggregator=None)
    until = fields.Integer(
        string="Complete up to", readonly=True, aggregator=None, help="Every entry with a number up to this is sealed."
    )
    note = fields.Text(string="What is signed", readonly=True)
    signature = fields.Char(readonly=True)
    key = fields.Char(string="Signed by key", readonly=True)
    frontier = fields.Text(readonly=True)
    #: what may still be on its way: numbers up to this one were drawn by transactions before that one
    horizon_number = fields.Integer(readonly=True, aggregator=None)
    horizon_xid = fields.Char(readonly=True)

    _number_unique = models.UniqueIndex("(number)")

    @api.model
    def _last(self):
        return self.sudo().search([], order="number desc", limit=1)  # sudo: the engine, for any role

    def _signed(self):
        """:return: the :class:`~..trail.head.Signed`"""
        self.ensure_one()
        return Signed(self.note or "", base64.b64decode(self.signature or ""))

    def _tree(self):
        """:return: the :class:`~..trail.merkle.Tree` up to here; an empty one of no checkpoint"""
        return Tree(self.size, [bytes.fromhex(peak) for peak in (self.frontier or "").split()]) if self else Tree()

    def _chain(self):
        return parse(self.note).chain if self else START

    @api.model
    def _make(self):
        """Sign what is sealed, unless that is signed already; the caller holds the lock of the sealer.

        :return: the new checkpoint, or the last one
        """
        last = self._last()
        seed, name = self.env["finance.audit.key"]._current(keys.SIGN)
        if seed is None:
            return last
        number, transaction, oldest = self._on_the_way()
        tree = last._tree()
        # not the whole backlog at once
        for leaf in self.env["finance.audit.reader"]._leaves(MOST, tree.size):
            tree.add(leaf)
        if last and tree.size == last.size:
            return last
        self.env.cr.execute("SELECT chain FROM finance_audit_seal ORDER BY id DESC LIMIT 1")
        [chain] = self.env.cr.fetchone() or [START.hex()]
        until, horizon = self._horizon(last, number, transaction, oldest)
        at = self.env.cr.now()
        head = Head(
            origin=self.env["ir.config_parameter"].sudo().get_param("database.uuid"),  # sudo: an id, not a secret
            number=last.number + 1,
            size=tree.size,
            root=tree.root(),
            chain=read_hex(chain),
            until=until,
            at=moment(at),
            previous=parse(last.note).digest() if last else b"",
            key=name,
        )
        note = head.note()
        # sudo: rows that nobody writes
        return self.sudo().create(
            {
                "number": head.number,
                "at": at,
                "size": head.size,
                "until": until,
                "note": note,
                "signature": base64.b64encode(keys.sign(seed, note.encode())).decode("ascii"),
                "key": name,
                "frontier": " ".join(peak.hex() for peak in tree.peaks),
                "horizon_number": horizon[0],
                "horizon_xid": str(horizon[1]),
            }
        )

    @api.model
    def _on_the_way(self):
        """:return: (last number that was drawn, a transaction after all that drew one so far, oldest that is open)"""
        # in this order: whoever drew such a number has an older transaction than the one asked for next
        self.env.cr.execute("SELECT last_value FROM finance_audit_entry_id_seq")
        [number] = self.env.cr.fetchone()
        self.env.cr.execute(
            "SELECT pg_current_xact_id()::text::bigint, pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        )
        return (number, *self.env.cr.fetchone())

    @api.model
    def _horizon(self, last, number, transaction, oldest):
        """Which numbers cannot come any more: those drawn before the last look whose transactions are all over.

        :return: (number up to which everything is sealed, what to look at the next time)
        """
        if not last:
            return 0, (number, transaction)
        before = int(last.horizon_xid or 0)
        # transactions are counted anew where a backup is restored
        if before > transaction:
            return last.until, (number, transaction)
        if before > oldest or self.env["finance.audit.sealer"]._waits(last.until, last.horizon_number):
            return last.until, (last.horizon_number, before)
        return max(last.until, last.horizon_number), (number, transaction)

    @api.model
    def action_sign_now(self):
        """Seal what waits and sign it now."""
        self.env["finance.message"]._check_role(AUDITOR)
        self.check_access("read")
        sealer = self.env["finance.audit.sealer"]
        if not sealer._seal_and_sign():
            raise UserError(
                self.env._("The sealer is at work, or the server has no master key. Try again in a minute.")
            )
        return self.env["ir.actions.act_window"]._for_xml_id(
            "finance_integration_audit.finance_audit_checkpoint_action"
        )
