from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.safe import crypto
from odoo.addons.finance_connector_base.safe import keys as master_keys

from ..trail import keys


class FinanceAuditKey(models.Model):
    """The keys of the trail as far as the database may know them: names, public halves, and sealed copies.

    A key is derived from the server's master key. Its copy, sealed by the master key like any secret, outlives the
    rotation of that: what an old key protected can be verified for ever. A key that was put in here by SQL is none:
    it opens by no master key, or has another name.
    """

    _name = "finance.audit.key"
    _description = "Key of the Audit Trail"
    _inherit = ["finance.sealed"]
    _order = "id desc"
    _allow_sudo_commands = False
    _sealed_fields = ("sealed",)

    name = fields.Char(string="Key", required=True, readonly=True, help="Public name, derived from the key.")
    purpose = fields.Selection(
        [("row", "Protects entries"), ("chain", "Links seals"), ("sign", "Signs checkpoints")],
        required=True,
        readonly=True,
    )
    public = fields.Char(string="Public key", readonly=True, help="Ed25519, hexadecimal. Give it to your auditors.")
    sealed = fields.Char(groups=fields.NO_ACCESS, copy=False)
    began_at = fields.Datetime(string="Since", readonly=True)
    is_current = fields.Boolean(string="In use", compute="_compute_is_current")

    _name_unique = models.UniqueIndex("(name)")

    def _compute_is_current(self):
        try:
            master = master_keys.load_ring().current
        except crypto.KeyMissing:
            self.is_current = False
            return
        names = {keys.name_of(keys.derive(master, purpose), purpose) for purpose in keys.PURPOSES}
        for key in self:
            key.is_current = key.name in names

    @api.model
    def _current(self, purpose):
        """:return: (key, its name), or twice None when the server has no master key"""
        try:
            key = keys.derive(master_keys.load_ring().current, purpose)
        except crypto.KeyMissing:
            return None, None
        return key, keys.name_of(key, purpose)

    @api.model
    def _keep(self):
        """Keep a copy of the keys that are in use, once; :return: False when the server has no master key"""
        self = self.sudo()  # sudo: rows that nobody writes
        for purpose in keys.PURPOSES:
            key, name = self._current(purpose)
            if key is None:
                return False
            if self.search_count([("name", "=", name)], limit=1):
                continue
            public = keys.public_half(key).hex() if purpose == keys.SIGN else False
            row = self.create({"name": name, "purpose": purpose, "public": public, "began_at": fields.Datetime.now()})
            row.sealed = row._seal("sealed", key.hex())
        return True

    @api.model
    def _all(self):
        """Everything that the trail may have been protected by: derived now, and kept copies that open.

        :return: (secret keys of rows and chain by name, public keys by name)
        """
        secret, public = {}, {}
        try:
            ring = master_keys.load_ring()
        except crypto.KeyMissing:
            return secret, public
        found = [
            (purpose, keys.derive(master, purpose))
            for master in (ring.current, *ring.previous)
            for purpose in keys.PURPOSES
        ]
        for row in self.sudo().search([("sealed", "!=", False)]):  # sudo: the engine verifies for any role
            try:
                key = bytes.fromhex(row._unseal("sealed"))
            except (FinanceError, ValueError):
                continue
            # the name says which key it is, whatever else was written beside it
            found += [(purpose, key) for purpose in keys.PURPOSES if keys.name_of(key, purpose) == row.name]
        for purpose, key in found:
            if purpose == keys.SIGN:
                public[keys.name_of(key, purpose)] = keys.public_half(key)
            else:
                secret[keys.name_of(key, purpose)] = key
        return secret, public

    @api.model
    def _swapped(self, publics):
        """:return: names of published keys that are not the trail's own"""
        rows = self.sudo().search([("purpose", "=", "sign")])  # sudo: the engine verifies for any role
        return [row.name for row in rows if publics.get(row.name, b"").hex() != row.public]
