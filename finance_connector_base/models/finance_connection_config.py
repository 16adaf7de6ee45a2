from odoo import api, models


class FinanceConnection(models.Model):
    """Where an active connection leads and how much it may do changes after approval only (B-56)."""

    _name = "finance.connection"
    _inherit = ["finance.configurable", "finance.connection"]

    @api.model
    def _inert_fields(self):
        return (
            super()._inert_fields()
            | self._endpoint_fields()
            | {
                "circuit_longest_wait",
                "circuit_threshold",
                "circuit_wait",
                "file_pattern",
                "folder_processed",
                "http_connect_timeout",
                "http_honours_key",
                "http_max_mb",
                "http_read_timeout",
                "http_total_timeout",
                "http_username",
                "max_concurrency",
                "max_file_mb",
                "oauth_assertion_audience",
                "oauth_audience",
                "oauth_client_auth",
                "oauth_days",
                "oauth_extra",
                "oauth_issuer",
                "oauth_rsa",
                "oauth_scope",
                "sftp_inbox",
                "sftp_processed",
            }
        )

    def _is_in_use(self):
        return self.state != "draft"

    def _apply_config(self, after):
        redirected = self._redirected(after)
        result = super()._apply_config(after)
        if redirected and self.state != "draft":
            # what leads elsewhere is tested before it goes on; the approval counts as the decision about its place
            self._bind_to_database()
            self._set_connection_state("paused")
        return result


class FinanceFlow(models.Model):
    """What a flow of an active connection does, and how often it may try, changes after approval only (B-56).

    So does whether there is one: with an approval a flow that is added begins, and one that is deleted ends.
    """

    _name = "finance.flow"
    _inherit = ["finance.configurable", "finance.flow"]
    _config_switch = "active"

    @api.model
    def _inert_fields(self):
        return super()._inert_fields() | {
            "active",
            "at_most_once",
            "batch_size",
            "commit_size",
            "connection_id",
            "direction",
            "driven_by",
            "handler",
            "held_blocks",
            "lease_seconds",
            "likeness_days",
            "record_model",
            "release_domain",
            "retry_max",
        }

    def _is_in_use(self):
        return self.connection_id.state != "draft"


class FinanceLimit(models.Model):
    """Limits of calls of an active connection change, come and go after approval only (B-56)."""

    _name = "finance.limit"
    _inherit = ["finance.configurable", "finance.limit"]
    _config_switch = "active"

    @api.model
    def _inert_fields(self):
        return super()._inert_fields() | {"active", "burst", "connection_id", "path", "rate"}

    def _is_in_use(self):
        return self.connection_id.state != "draft"

    def _apply_config(self, after):
        if after.get("active"):
            # the row in which workers have noted meanwhile that they begin slowly; it has no limit of its own
            same = [("connection_id", "=", self.connection_id.id), ("path", "in", [self.path, self.path or False])]
            self.search([*same, ("id", "!=", self.id), ("rate", "=", 0)]).unlink()
        return super()._apply_config(after)
