from odoo import api, models

from ..engine.errors import AuthNeededError, UnavailableError
from ..safe import crypto, keys

#: remembers that something was sealed in this database: from then on a missing key is a fault, not a choice
SEALED_ONCE = "finance_connector_base.sealed_by"


class FinanceSealed(models.AbstractModel):
    """Fields that the database holds as ciphertext only.

    A model inherits this, names its columns in ``_sealed_fields`` (each a Char or Text with
    ``groups=fields.NO_ACCESS`` and ``copy=False``), and writes what ``_seal`` returns::

        token.write({"access_token": token._seal("access_token", value)})
        value = token._unseal("access_token")

    The place a value is bound to: model, record, field, company, environment, database, and what
    the model adds in ``_seal_binding``. The rotation of master keys walks every model that inherits this.
    """

    _name = "finance.sealed"
    _description = "Sealed Fields"

    _sealed_fields = ()

    def _seal_binding(self):
        """:return: text with further facts that a sealed value must not be separated from; EXTENDS by models"""
        return ""

    def _seal_place(self, field):
        self.ensure_one()
        record = self.sudo()  # sudo: ids that say where a value belongs, whoever's transaction needs it
        connections = self.env["finance.connection"].sudo()  # sudo: as above
        connection = record.connection_id if "connection_id" in record._fields else connections
        company = record.company_id if "company_id" in record._fields else connection.company_id
        environment = connection.environment if connection else ""
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")  # sudo: an id, not a secret
        binding = record._seal_binding()
        return f"{self._name}/{self.id}/{field}/{company.id}/{environment or ''}/{database}/{binding}"

    def _seal(self, field, value):
        """:param str value: what to keep secret
        :return: the ciphertext to write into the field of this (saved) record
        :raise AuthNeededError: when the server has no usable master key
        """
        ring = self._master_keys()
        sealed = crypto.seal(ring, value, self._seal_place(field))
        self._note_sealing(ring)
        return sealed

    def _unseal(self, field):
        """:return: the value in clear, for the call that needs it and nothing else
        :raise AuthNeededError: the master key is missing, or the value does not belong here
        """
        self.ensure_one()
        try:
            # sudo: read by the engine for the call under way, never shown
            return crypto.unseal(self._master_keys(), self.sudo()[field] or "", self._seal_place(field))
        except crypto.KeyMissing as error:
            raise self._locked(error) from error
        except crypto.SealBroken as error:
            raise AuthNeededError(
                self.env._("%s does not open here. Set it again.", self.sudo().display_name), reason="secret_broken"
            ) from error

    @api.model
    def _master_keys(self):
        """:return: the :class:`~..safe.crypto.KeyRing` of this server
        :raise AuthNeededError: there is none
        :raise UnavailableError: the vault that keeps it does not answer
        """
        try:
            return keys.load_ring()
        except crypto.KeyMissing as error:
            raise self._locked(error) from error

    @api.model
    def _locked(self, error):
        """:return: the error of the engine for a missing key"""
        if isinstance(error, crypto.KeyUnreachable):
            return UnavailableError(self.env._("Secrets are locked: %s.", error), reason="vault_unreachable")
        return AuthNeededError(self.env._("Secrets are locked: %s.", error), reason="secrets_locked")

    @api.model
    def _is_sealing(self):
        """Say whether this database seals: a key is configured, or something was sealed before."""
        # sudo: the name of a key
        return bool(keys.provider() or self.env["ir.config_parameter"].sudo().get_param(SEALED_ONCE))

    @api.model
    def _note_sealing(self, ring):
        parameters = self.env["ir.config_parameter"].sudo()  # sudo: the name of a key
        if not parameters.get_param(SEALED_ONCE):
            parameters.set_param(SEALED_ONCE, crypto.key_id(ring.current))
