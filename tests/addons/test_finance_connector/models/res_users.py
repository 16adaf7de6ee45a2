from passlib.context import CryptContext

from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _crypt_context(self):
        """Passwords of tests are cheap: half a second each would go into how strong their hash is.

        What is checked is the same; only how often the hash is repeated is not.
        """
        return CryptContext(["pbkdf2_sha512", "plaintext"], deprecated=["auto"], pbkdf2_sha512__default_rounds=1)
