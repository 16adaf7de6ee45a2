import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import ADMIN
from ..safe import crypto, keys

_logger = logging.getLogger(__name__)

#: values wrapped again per transaction
BATCH = 500


class FinanceKey(models.Model):
    """The master keys as far as the database may know them: their public names and what each one seals.

    The keys themselves are in the server's environment, a file or a vault (``safe/keys.py``).
    """

    _name = "finance.key"
    _description = "Master Key"
    _inherit = ["finance.sealed"]
    _order = "is_current desc, last_seen_at desc, id desc"
    _allow_sudo_commands = False

    name = fields.Char(string="Key", readonly=True, required=True, help="Public name, derived from the key.")
    source = fields.Char(readonly=True, string="Kept in")
    is_current = fields.Boolean(readonly=True, string="Seals", help="New values are sealed by this key.")
    is_available = fields.Boolean(readonly=True, string="Opens", help="The server has this key.")
    sealed_count = fields.Integer(readonly=True, aggregator=None, string="Values sealed")
    last_seen_at = fields.Datetime(readonly=True, string="Last there")
    status = fields.Selection(
        [
            ("current", "Current"),
            ("previous", "Previous, still opens"),
            ("unused", "Not needed any more"),
            ("missing", "Missing: what it sealed is locked"),
        ],
        compute="_compute_status",
    )

    _name_unique = models.UniqueIndex("(name)")

    @api.depends("is_current", "is_available", "sealed_count")
    def _compute_status(self):
        for key in self:
            if key.is_current:
                key.status = "current"
            elif not key.sealed_count:
                key.status = "unused"
            else:
                key.status = "previous" if key.is_available else "missing"

    # -- what is there ---------------------------------------------------------------------

    @api.model
    def _sealed_columns(self):
        """:return: (model, field) of everything that is sealed"""
        models_ = sorted(self.env.registry.descendants(["finance.sealed"], "_inherit"))
        return [(name, field) for name in models_ for field in self.env[name]._sealed_fields]

    @api.model
    def _count_sealed(self):
        """:return: dict name of key -> number of values it seals"""
        self.env.flush_all()
        counts = {}
        for name, field in self._sealed_columns():
            column = SQL.identifier(field)
            self.env.cr.execute(
                SQL(
                    "SELECT split_part(%s, ':', 2), count(*) FROM %s WHERE %s IS NOT NULL GROUP BY 1",
                    column,
                    SQL.identifier(self.env[name]._table),
                    column,
                )
            )
            for key, count in self.env.cr.fetchall():
                counts[key or "?"] = counts.get(key or "?", 0) + count
        return counts

    @api.model
    def _self_test(self):
        """Look which keys the server has and what they seal; what was locked and is not any more goes on.

        :return: a sentence about what is wrong, or an empty text
        """
        self = self.sudo()  # sudo: rows that nobody writes
        problem, ring = "", None
        place = keys.provider()
        try:
            ring = keys.load_ring()
        except crypto.KeyMissing as error:
            problem = str(error)
        counts = self._count_sealed()
        present = ring.identifiers if ring else []
        known = {key.name: key for key in self.search([])}
        for number, name in enumerate(dict.fromkeys([*present, *counts, *known])):
            values = {
                "is_current": number == 0 and bool(present),
                "is_available": name in present,
                "sealed_count": counts.get(name, 0),
            }
            if name in present:
                values |= {"source": place.label, "last_seen_at": self.env.cr.now()}
            if name in known:
                known[name].write(values)
            else:
                self.create({"name": name, **values})
        missing = sorted(counts.keys() - set(present))
        if ring and missing:
            problem = self.env._("the server does not have key %s, what it sealed stays locked", ", ".join(missing))
        if ring and not missing:
            self.env["finance.connection"].search([("auth_needed", "=", True)])._mended(
                "secrets_locked", "vault_unreachable"
            )
        if not counts and not self._is_sealing():
            # nothing is sealed and nobody asked for it
            problem = ""
        return problem

    @api.model
    def _cron_self_test(self):
        problem = self._self_test()
        if problem:
            _logger.warning("secrets are locked: %s", problem)
        current = self.sudo().search([("is_current", "=", True)])  # sudo: rows that nobody writes
        # sudo: as above
        if current and self.sudo().search_count([("sealed_count", ">", 0), ("is_current", "=", False)], limit=1):
            # sudo: the scheduled action belongs to the system
            self.env.ref("finance_connector_base.ir_cron_rewrap").sudo()._trigger()

    @api.model
    def _locked_reason(self):
        """:return: why nothing sealed can be opened now, or an empty text"""
        try:
            keys.load_ring()
        except crypto.KeyMissing as error:
            return str(error)
        return ""

    @api.model
    def action_open(self):
        """Look at the keys as they are now."""
        self.env["finance.message"]._check_role(ADMIN)
        problem = self._self_test()
        action = self.env["ir.actions.act_window"]._for_xml_id("finance_connector_base.finance_key_action")
        if problem:
            action["help"] = problem
            action["name"] = self.env._("Master keys: locked (%s)", problem)
        elif not self._is_sealing():
            action["name"] = self.env._("Master keys: none configured, original files are stored unencrypted")
        return action

    # -- rotation --------------------------------------------------------------------------

    @api.model
    def _cron_rewrap(self):
        """Wrap what earlier keys sealed by the current one; goes on where an interrupted run stopped."""
        ring = self._master_keys()
        progress = self.env["ir.cron"]
        in_cron = bool(self.env.context.get("ir_cron_progress_id"))
        for name, field in self._sealed_columns():
            after = 0
            while after is not None:
                done, after = self._rewrap_batch(ring, name, field, after)
                if in_cron and not progress._commit_progress(done, remaining=1 if after is not None else 0):
                    return
        self._self_test()

    @api.model
    def _rewrap_batch(self, ring, model, field, after, *, fresh=False, limit=BATCH):
        """Wrap one batch again. What cannot be opened is left as it is.

        :param fresh: encrypt the values themselves again, too
        :return: (how many, last id or None at the end)
        """
        current = crypto.key_id(ring.current)
        records = self.env[model].sudo()  # sudo: ciphertext is read and written by nobody else
        records.flush_model([field])
        table, column = SQL.identifier(records._table), SQL.identifier(field)
        self.env.cr.execute(
            SQL(
                "SELECT id, %s FROM %s WHERE id > %s AND %s IS NOT NULL AND split_part(%s, ':', 2) <> %s"
                " ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
                column,
                table,
                after,
                column,
                column,
                "" if fresh else current,
                limit,
            )  # fmt: skip
        )
        rows = self.env.cr.fetchall()
        done = 0
        for record_id, sealed in rows:
            record = records.browse(record_id)
            place = record._seal_place(field)
            try:
                if fresh and sealed.count(":") == 3:
                    again = crypto.seal(ring, crypto.unseal(ring, sealed, place), place)
                else:
                    again = crypto.rewrap(ring, sealed, place)
            except (crypto.KeyMissing, crypto.SealBroken) as error:
                _logger.warning("%s %s stays sealed as it is: %s", model, record_id, error)
                continue
            self.env.cr.execute(SQL("UPDATE %s SET %s = %s WHERE id = %s", table, column, again, record_id))
            done += 1
        records.browse([row[0] for row in rows]).invalidate_recordset([field])
        return done, rows[-1][0] if len(rows) == limit else None

    @api.model
    def _rotate_at_once(self):
        """Seal everything again by the current key in this transaction, values with new data keys.

        :return: number of values
        """
        ring = self._master_keys()
        total = 0
        for name, field in self._sealed_columns():
            after = 0
            while after is not None:
                done, after = self._rewrap_batch(ring, name, field, after, fresh=True)
                total += done
        return total

    def _register_hook(self):
        # start-up self-test: said in the log of every process, before the first secret is needed
        super()._register_hook()
        parameters = self.env["ir.config_parameter"].sudo()  # sudo: the name of a key
        if parameters.get_param("finance_connector_base.sealed_by"):
            problem = self._locked_reason()
            if problem:
                _logger.warning("secrets are locked: %s", problem)
            else:
                _logger.info("secrets are open, master key from %s", keys.provider().label)
