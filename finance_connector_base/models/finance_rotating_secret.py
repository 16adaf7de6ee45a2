from odoo import api, fields, models


class FinanceRotatingSecret(models.AbstractModel):
    """A secret that signs, of which two are valid while the other side changes over.

    An heir names the field that links its owner in ``_owner_field``, and sets secrets by ``_replace`` alone.
    """

    _name = "finance.rotating.secret"
    _inherit = ["finance.sealed.secret"]
    _description = "Secret that Changes without a Gap"

    #: name of the field that links to what the secret belongs to
    _owner_field = None

    ends_at = fields.Datetime(string="Valid until", readonly=True, help="Empty: until another one is set.")
    is_valid = fields.Boolean(compute="_compute_is_valid")

    @api.depends("ends_at")
    def _compute_is_valid(self):
        valid = self._valid()
        for secret in self:
            secret.is_valid = secret in valid

    def _valid(self):
        now = self.env.cr.now()
        return self.filtered(lambda secret: not secret.ends_at or secret.ends_at > now)

    def _clear(self):
        """:return: the secrets in clear, for the call under way"""
        return [secret._unseal("sealed") for secret in self]

    @api.model
    def _replace(self, owner, value, *, hours):
        """Set a secret; the one before stays valid for some hours.

        :param owner: what it belongs to; the caller has checked who asks
        :param int hours: 0 ends the old one at once
        :return: (the secret, until when the old one is valid)
        :raise AuthNeededError: when the server has no master key
        """
        self._master_keys()
        secrets = self._begin_sealing()
        ends_at = fields.Datetime.add(self.env.cr.now(), hours=hours)
        for old in secrets.search([(self._owner_field, "=", owner.id)])._valid():
            old.ends_at = min(old.ends_at or ends_at, ends_at)
        secret = secrets.create({self._owner_field: owner.id, "set_by_id": self.env.uid})
        secret.write({"sealed": secret._seal("sealed", value)})
        return secret._end_sealing(), ends_at
