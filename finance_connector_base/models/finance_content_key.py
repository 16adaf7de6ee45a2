import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.errors import FinanceError, MalformedError
from ..safe import content, crypto
from .finance_payload import locked_for_people

_PICK = """
    SELECT id FROM finance_content_key
     WHERE company_id = %s AND environment = %s AND day = %s AND is_closed IS NOT TRUE
     ORDER BY id LIMIT 1
"""
_INSERT = """
    INSERT INTO finance_content_key (id, company_id, environment, day, is_closed, sealed_key)
    VALUES (%s, %s, %s, %s, FALSE, %s)
"""


class ContentBroken(MalformedError, UserError):
    """The content of one record was changed, moved, or belongs to another database."""


class FinanceContentKey(models.Model):
    """A data key for the content of messages: one for a company, an environment and a day.

    Two transactions that need the first one of a day at once make one each; both stay good. To destroy a key is to
    destroy the content of that company, environment and day, in backups, too. Nobody has access.
    """

    _name = "finance.content.key"
    _description = "Data Key of Content"
    _inherit = ["finance.sealed"]
    _log_access = False
    _rec_name = "day"
    _allow_sudo_commands = False
    _sealed_fields = ("sealed_key",)

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    environment = fields.Char(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True)
    is_closed = fields.Boolean(readonly=True, help="Still opens, seals nothing new: an emergency came after it.")
    sealed_key = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)

    _of_day = models.Index("(company_id, environment, day)")

    # -- records ---------------------------------------------------------------------------

    @api.model
    def _place(self, model, record_id, field, company_id, connection_id):
        """:return: what the content of a record is bound to; environment and database bind its data key"""
        return f"{model}/{record_id}/{field}/{company_id or ''}/{connection_id or ''}"

    @api.model
    def _place_of(self, record, field):
        if not record.id:
            raise ValueError(f"{record._name}.{field} is sealed after create: inherit finance.sealed.content")
        connection = record.connection_id if "connection_id" in record._fields else None
        return self._place(record._name, record.id, field, record.company_id.id, connection and connection.id)

    @api.model
    def _environment_of(self, record):
        return record.connection_id.environment or "" if "connection_id" in record._fields else ""

    @api.model
    def _open(self, record, field, sealed):
        """:return: JSON text of a sealed column
        :raise AuthNeededError: the master key is missing (a ``UserError``, too)
        :raise ContentBroken: it does not belong here
        """
        record = record.sudo()  # sudo: ids that say where content belongs; who may read the field was checked
        return self._open_text(sealed, self._place_of(record, field))

    @api.model
    def _close(self, record, field, text):
        """:return: JSON text to write into a column: of the ciphertext, or as it is where nothing is sealed"""
        record = record.sudo()  # sudo: as above
        close = self._sealer(record.company_id.id, self._environment_of(record))
        return close(text, self._place_of(record, field)) if close else text

    @api.model
    def _sealer(self, company_id, environment):
        """Give what seals many values of one company: it asks for the data key once.

        :return: function (JSON text, place) -> JSON text of the ciphertext; None where nothing is sealed
        :raise AuthNeededError: something was sealed before, and the master key is missing
        """
        if not self._is_sealing():
            return None
        number, cipher = self._current(company_id, environment)
        return lambda text, place: json.dumps(content.seal(cipher, number, text, place))

    # -- texts that are sealed on their own --------------------------------------------------

    @api.model
    def _seal_text(self, company_id, environment, text, place):
        """:return: ciphertext; for what is sealed wherever it is kept
        :raise AuthNeededError: no master key
        """
        number, cipher = self._current(company_id, environment)
        return content.seal(cipher, number, text, place)

    @api.model
    def _open_text(self, sealed, place):
        """:raise ContentBroken: changed, moved, or of another database"""
        try:
            number = content.number_of(sealed)
            try:
                return content.unseal(self._cipher(number), sealed, place)
            except crypto.SealBroken:
                # a database that was dropped and made again under the same name has other keys by the same numbers
                return content.unseal(self._cipher(number, anew=True), sealed, place)
        except crypto.SealBroken as error:
            raise ContentBroken(
                self.env._("The content does not open here: it was changed, or belongs to another database."),
                reason="content_broken",
            ) from error

    # -- keys ------------------------------------------------------------------------------

    @api.model
    def _ring(self):
        try:
            return self._master_keys()
        except FinanceError as error:
            raise locked_for_people(error) from error

    @api.model
    def _remembered_as(self, number):
        # sudo: an id, not a secret
        return self.env.cr.dbname, self.env["ir.config_parameter"].sudo().get_param("database.uuid"), number

    @api.model
    def _cipher(self, number, *, anew=False):
        """:return: a data key, opened
        :raise SealBroken: there is none, or it is not of this database
        """
        ring = self._ring()
        place = self._remembered_as(number)
        known = None if anew else content.CIPHERS.get(place, ring.identifiers)
        if known:
            return known
        key = self.sudo().search([("id", "=", number)])  # sudo: read by the engine, shown to nobody
        if not key.sealed_key:
            raise crypto.SealBroken("its data key is gone")
        try:
            clear = crypto.open_key(ring, key.sealed_key, key._seal_place("sealed_key"))
        except crypto.KeyMissing as error:
            raise locked_for_people(self._locked(error)) from error
        return content.CIPHERS.put(place, crypto.identifier_of(key.sealed_key), clear)

    @api.model
    def _cipher_or_none(self, number):
        """:return: a data key; None when it is that of the database which this one is a copy of"""
        try:
            return self._cipher(number)
        except crypto.SealBroken:
            return None

    @api.model
    def _current(self, company_id, environment):
        """:return: (number, data key) that seals today"""
        ring = self._ring()
        day = self.env.cr.now().date()
        bound = (company_id, environment or "", day)
        self.env.cr.execute(_PICK, bound)
        found = self.env.cr.fetchone()
        if found and (cipher := self._cipher_or_none(found[0])):
            return found[0], cipher
        # in SQL: this may run while the ORM writes other records
        self.env.cr.execute("SELECT nextval('finance_content_key_id_seq')")
        number = self.env.cr.fetchone()[0]
        clear, wrapped = crypto.new_key(ring, self._key_place(number, *bound))
        self.env.cr.execute(_INSERT, (number, *bound, wrapped), log_exceptions=False)
        self._note_sealing(ring)
        return number, content.CIPHERS.put(self._remembered_as(number), crypto.identifier_of(wrapped), clear)

    def _seal_place(self, field):
        # OVERRIDE: a connection may change its environment, what was sealed before stays of the old one
        self.ensure_one()
        key = self.sudo()  # sudo: ids that say where a key belongs
        return self._key_place(key.id, key.company_id.id, key.environment, key.day)

    @api.model
    def _key_place(self, number, company_id, environment, day):
        # sudo: an id, not a secret
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{self._name}/{number}/sealed_key/{company_id}/{environment}/{database}/{day}"

    @api.model
    def _close_all(self):
        """Let nothing new be sealed by the data keys of before: somebody may have the key that wraps them."""
        self.env.cr.execute(SQL("UPDATE finance_content_key SET is_closed = TRUE WHERE is_closed IS NOT TRUE"))
        self.invalidate_model(["is_closed"])
