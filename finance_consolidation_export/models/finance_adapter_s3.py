from datetime import datetime, timezone

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from ..extracts import s3


class FinanceAdapterS3(models.AbstractModel):
    """S3-compatible storage: takes files, gives none."""

    _name = "finance.adapter.s3"
    _inherit = "finance.adapter"
    _description = "S3-compatible Storage"

    _supports = frozenset({"check", "send_files"})
    _uses_http = True

    @api.model
    def _bucket(self, connection, client):
        if not (connection.s3_bucket and connection.s3_access and connection.s3_region):
            raise RejectedError(
                self.env._("Enter bucket, region and access key id on the connection."),
                reason="connection_incomplete",
            )
        account = s3.Account(
            access=connection.s3_access,
            secret=connection._secret("secret_key"),
            region=connection.s3_region,
        )
        prefix = (connection.s3_prefix or "").strip("/")
        return s3.Bucket(
            client, account, connection.s3_bucket, f"{prefix}/" if prefix else "", lambda: datetime.now(timezone.utc)
        )

    @api.model
    def _check(self, connection):
        with connection._http(authorization=s3.Unsigned()) as client:
            self._bucket(connection, client).check()
        return self.env._("The bucket is there, and the signature was accepted.")

    @api.model
    def _send_file(self, connection, flow, name, pieces):
        with connection._http(authorization=s3.Unsigned()) as client:
            return self._bucket(connection, client).put(name, pieces)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.s3", "S3-compatible storage")],
        ondelete={"finance.adapter.s3": "cascade"},
    )
    s3_bucket = fields.Char(string="Bucket", tracking=True)
    s3_prefix = fields.Char(string="Put below", tracking=True, help="Beginning of the names of all objects.")
    s3_region = fields.Char(string="Region", default="us-east-1", tracking=True)
    s3_access = fields.Char(
        string="Access key id", tracking=True, help="The secret access key is set as the secret secret_key."
    )

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"s3_bucket", "s3_prefix", "s3_region", "s3_access"}
