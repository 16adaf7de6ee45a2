import json

from odoo import api, models
from odoo.exceptions import ValidationError

from ..engine.errors import FinanceError, MalformedError
from .finance_content_key import ContentBroken

#: what a message says of a sealed object in clear
HEAD = ("domain", "version", "external_id", "source_id")


class FinanceMaster(models.AbstractModel):
    """Objects that those who run the integration have no right to read travel sealed through their messages."""

    _inherit = "finance.master"

    #: the content of its messages is sealed: operators and auditors see that there is one, not what it says
    _confidential = False

    @api.model
    def _subject(self, record):
        # EXTENDS
        return f"{self._description} {record.id}" if self._confidential else super()._subject(record)

    @api.model
    def _sealed(self, data, connection):
        """:param data: an object as JSON-able data, of whatever domain it names
        :return: what a message carries of it
        :raise AuthNeededError: it has to be sealed, and the server has no master key
        """
        name = self._domains().get(data.get("domain")) if isinstance(data, dict) else None
        if name is None or not self.env[name]._confidential:
            return data
        place = self._sealed_place(data, connection)
        keys = self.env["finance.content.key"]
        # sudo: where the connection belongs
        connection = connection.sudo()
        sealed = keys._seal_text(connection.company_id.id, connection.environment, json.dumps(data), place)
        return {**{key: data[key] for key in HEAD if key in data}, "sealed": sealed}

    @api.model
    def _unsealed(self, data, connection):
        """:return: the object in clear, for the work under way
        :raise AuthNeededError: the master key is missing
        :raise MalformedError: it was not sealed for this place
        """
        if not isinstance(data, dict) or not isinstance(data.get("sealed"), str):
            return data
        try:
            text = self.env["finance.content.key"]._open_text(data["sealed"], self._sealed_place(data, connection))
        except ContentBroken:
            raise MalformedError(
                self.env._("The content was sealed elsewhere. Have it sent again."), reason="master_malformed"
            ) from None
        return json.loads(text)

    @api.model
    def _sealed_place(self, data, connection):
        return f"finance.message/{connection.id}/{data.get('domain')}/{data.get('external_id') or ''}"


class FinanceMasterSync(models.Model):
    _inherit = "finance.master.sync"

    @api.constrains("domain", "active")
    def _check_can_seal(self):
        for sync in self.filtered("active"):
            if not self.env["finance.master"]._of(sync.domain)._confidential:
                continue
            try:
                self.env["finance.sealed"]._master_keys()
            except FinanceError as error:
                raise ValidationError(
                    self.env._(
                        "%(domain)s are confidential and travel sealed, which needs a master key: %(why)s",
                        domain=dict(sync._fields["domain"]._description_selection(self.env)).get(sync.domain),
                        why=error.detail,
                    )
                ) from error
