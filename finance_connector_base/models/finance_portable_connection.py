import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.errors import FinanceError
from ..transports.http_address import is_listed, target

#: ways of logging in that lead to a token address
OAUTH = ("client_credentials", "authorization_code")
#: names of the other side that are often its address
NAMED_BY_ADDRESS = ("oauth_issuer", "oauth_audience", "oauth_assertion_audience")


class FinanceConnection(models.Model):
    """A connection by its name in packages; the same name in each environment is the same connection."""

    _name = "finance.connection"
    _inherit = ["finance.portable", "finance.connection"]
    _portable_plain = (
        "adapter",
        "max_concurrency",
        "max_file_mb",
        "file_pattern",
        "folder_path",
        "folder_out",
        "folder_processed",
        "sftp_host",
        "sftp_port",
        "sftp_inbox",
        "sftp_out",
        "sftp_processed",
        "http_base_url",
        "http_more_origins",
        "http_connect_timeout",
        "http_read_timeout",
        "http_total_timeout",
        "http_max_mb",
        "http_honours_key",
        "http_auth",
        "oauth_address",
        "oauth_page",
        "oauth_client_auth",
        "oauth_rsa",
        "oauth_assertion_audience",
        "oauth_scope",
        "oauth_audience",
        "oauth_extra",
        "oauth_issuer",
        "oauth_days",
        "circuit_threshold",
        "circuit_wait",
        "circuit_longest_wait",
        "circuit_alert_minutes",
        "ramp_share",
        "ramp_seconds",
    )

    config_code = fields.Char(
        string="Name in packages",
        copy=False,
        help="Connections with the same name here and in another environment are the same one: what is promoted "
        "from one reaches the other. Given when it is promoted first.",
    )

    _config_code_once = models.UniqueIndex(
        "(company_id, environment, config_code) WHERE config_code IS NOT NULL",
        "Another connection of this environment has this name in packages.",
    )

    def _portable_key(self):
        self.ensure_one()
        if not self.config_code:
            plain = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "connection"
            taken = set(
                self.with_context(active_test=False)
                .search([("company_id", "=", self.company_id.id), ("environment", "=", self.environment)])
                .mapped("config_code")
            )
            code = next(c for c in (plain, *(f"{plain}-{n}" for n in range(2, len(taken) + 3))) if c not in taken)
            self.sudo().config_code = code  # sudo: a name, given once; whoever may promote it was checked
        return [self.config_code]

    @api.model
    def _portable_find(self, key, scope):
        return self.with_context(active_test=False).search(
            [
                ("config_code", "=", key[0]),
                ("environment", "=", scope.environment),
                ("company_id", "=", scope.company.id),
            ]
        )

    @api.model
    def _portable_names(self):
        return [*super()._portable_names(), "calendar", "limits of calls"]

    def _portable(self):
        calendar = self.calendar_id
        return {
            **super()._portable(),
            "calendar": calendar._portable_key() if calendar else None,
            "limits of calls": sorted([limit.path or "", limit.rate, limit.burst] for limit in self.limit_ids),
        }

    @api.model
    def _portable_values(self, values, scope):
        key = values.get("calendar")
        calendar = self._portable_required("finance.calendar", key, scope) if key else self.env["finance.calendar"]
        limits = [
            fields.Command.create({"path": path or False, "rate": rate, "burst": burst})
            for path, rate, burst in values.get("limits of calls") or []
        ]
        return {
            **super()._portable_values(values, scope),
            "calendar_id": calendar.id,
            "limit_ids": [fields.Command.clear(), *limits],
        }

    @api.model
    def _portable_new(self, key, values, scope):
        return {
            "name": key[0],
            "config_code": key[0],
            "environment": scope.environment,
            "company_id": scope.company.id,
            "owner_id": scope.maker.id,
        }

    def _portable_put(self, key, values, scope):
        if self and not self.active:
            self.active = True
        return super()._portable_put(key, values, scope)

    def _portable_remove(self):
        if self.state != "draft":
            self._set_connection_state("paused")
        return super()._portable_remove()

    @api.model
    def _portable_problems(self, entry, scope, package):
        problems = super()._portable_problems(entry, scope, package)
        adapter = entry.values.get("adapter")
        if adapter not in self.env.registry.descendants(["finance.adapter"], "_inherit"):
            problems.append(
                self.env._(
                    "%(name)s is of the kind %(kind)s, which is not available. Install the module that brings it.",
                    name=entry.key[0],
                    kind=adapter,
                )
            )
        calendar = entry.values.get("calendar")
        if calendar and ("finance.calendar", tuple(calendar)) not in package:
            calendars = self.env["finance.calendar"]
            if not calendars._portable_find(calendar, scope):
                problems.append(
                    self.env._("The opening times %s are missing. Enter them under Configuration.", calendar[0])
                )
        allowed = self.env["finance.host"]._listed(scope.environment, scope.company)
        label = dict(self._fields["environment"]._description_selection(self.env))[scope.environment]
        for host in self._hosts_of(entry.values):
            if not is_listed(host, allowed):
                problems.append(
                    self.env._(
                        "%(name)s reaches %(host)s, which is not on the list of hosts for %(environment)s. Enter it "
                        "under Configuration > Hosts, or the host of the same system.",
                        name=entry.key[0],
                        host=host,
                        environment=label,
                    )
                )
        return problems

    @api.model
    def _hosts_of(self, values):
        """:return: hosts that portable values lead to"""
        urls = [values.get("http_base_url"), *(values.get("http_more_origins") or "").split()]
        if values.get("http_auth") in OAUTH:
            urls += [values.get("oauth_address"), values.get("oauth_page")]
        try:
            hosts = [target(url).host for url in urls if url]
        except FinanceError as error:
            raise UserError(error.detail) from error
        return [*([values["sftp_host"]] if values.get("sftp_host") else []), *dict.fromkeys(hosts)]

    @api.model
    def _portable_moved(self, values, systems, scope):
        """Let values lead to the hosts that the same systems have in another environment.

        :param dict systems: host -> system, as the package says
        """
        moved = dict(values)
        for host in self._hosts_of(values):
            there = self.env["finance.host"]._counterpart(systems.get(host), scope.environment, scope.company)
            if there:
                if values.get("sftp_host") == host:
                    moved["sftp_host"] = there.name
                for name in ("http_base_url", "http_more_origins", "oauth_address", "oauth_page", *NAMED_BY_ADDRESS):
                    urls = [self._with_host(url, host, there.name) for url in (moved.get(name) or "").split()]
                    moved[name] = "\n".join(urls) if len(urls) > 1 else "".join(urls) or None
        return moved

    @api.model
    def _with_host(self, url, host, other):
        try:
            to = target(url)
        except FinanceError:
            # an audience or an issuer may be any word
            return url
        return url.replace(to.authority, to.authority.replace(host, other), 1) if to.host == host else url


class FinanceFlow(models.Model):
    """A flow by its connection and its name."""

    _name = "finance.flow"
    _inherit = ["finance.portable", "finance.flow"]
    _portable_plain = (
        "handler",
        "direction",
        "driven_by",
        "priority",
        "batch_size",
        "commit_size",
        "lease_seconds",
        "at_most_once",
        "held_blocks",
        "likeness_days",
        "retry_max",
        "retry_base",
        "retry_cap",
        "fetch_interval",
        "record_model",
        "release_domain",
        "timing",
        "timing_minutes",
        "timing_count",
        "timing_hour",
        "timing_workday",
        "exempt_priority",
    )

    def _portable_key(self):
        return [*self.connection_id._portable_key(), self.with_context(lang="en_US").name]

    @api.model
    def _portable_find(self, key, scope):
        connection = self.env["finance.connection"]._portable_find(key[:1], scope)
        return self.with_context(lang="en_US", active_test=False).search(
            [("connection_id", "in", connection.ids), ("name", "=", key[1])], limit=1
        )

    @api.model
    def _portable_names(self):
        return [*super()._portable_names(), "calendar"]

    def _portable(self):
        calendar = self.calendar_id
        return {**super()._portable(), "calendar": calendar._portable_key() if calendar else None}

    @api.model
    def _portable_values(self, values, scope):
        key = values.get("calendar")
        calendar = self._portable_required("finance.calendar", key, scope) if key else self.env["finance.calendar"]
        return {**super()._portable_values(values, scope), "calendar_id": calendar.id}

    @api.model
    def _portable_new(self, key, values, scope):
        connection = self._portable_required("finance.connection", key[:1], scope)
        return {"name": key[1], "connection_id": connection.id}

    def _portable_put(self, key, values, scope):
        if self and not self.active:
            self.write({"active": True, "paused": False})
        return super()._portable_put(key, values, scope)

    def _portable_remove(self):
        self.write({"active": False, "paused": True})

    @api.model
    def _portable_problems(self, entry, scope, package):
        problems = super()._portable_problems(entry, scope, package)
        if entry.values.get("handler") not in self._fields["handler"].get_values(self.env):
            problems.append(
                self.env._(
                    "The work of %(name)s (%(handler)s) is not available. Install the module that brings it.",
                    name=" / ".join(entry.key),
                    handler=entry.values.get("handler"),
                )
            )
        return problems
