import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import ADMIN
from ..safe import crypto, keys

_logger = logging.getLogger(__name__)

#: values wrapped again per transaction
BATCH = 500
#: original files whose keys an emergency rotation wraps at once; what is more follows within minutes
AT_ONCE = 20_000


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
    sealed_count = fields.Integer(readonly=True, aggregator=None, string="Sealed")
    file_count = fields.Integer(readonly=True, aggregator=None, string="Files")
    share = fields.Float(
        readonly=True, aggregator=None, string="Share (%)", help="Of everything sealed; a rotation brings it to 100."
    )
    rotation_began_at = fields.Datetime(readonly=True, string="Rotation began")
    rotation_ended_at = fields.Datetime(readonly=True, string="Rotation ended")
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
        """:return: dict name of key -> dict model -> number of values it seals there"""
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
                by_model = counts.setdefault(key or "?", {})
                by_model[name] = by_model.get(name, 0) + count
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
        total = sum(sum(by_model.values()) for by_model in counts.values())
        for number, name in enumerate(dict.fromkeys([*present, *counts, *known])):
            by_model = counts.get(name, {})
            sealed = sum(by_model.values())
            values = {
                "is_current": number == 0 and bool(present),
                "is_available": name in present,
                "sealed_count": sealed,
                "file_count": by_model.get("finance.payload", 0),
                "share": 100.0 * sealed / total if total else 0.0,
            }
            if name in present:
                values |= {"source": place.label, "last_seen_at": self.env.cr.now()}
            if name in known:
                known[name].write(values)
            else:
                self.create({"name": name, **values})
        self._note_rotation(counts, present)
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
    def _note_rotation(self, counts, present):
        """Keep when the rotation to the current key began, and when nothing was left that an earlier key opens."""
        current = self.search([("is_current", "=", True)], limit=1)
        if not current:
            return
        waiting = sum(sum(counts.get(name, {}).values()) for name in present[1:])
        is_under_way = current.rotation_began_at and not current.rotation_ended_at
        if waiting and not is_under_way:
            current.write({"rotation_began_at": self.env.cr.now(), "rotation_ended_at": False})
        elif not waiting and is_under_way:
            current.rotation_ended_at = self.env.cr.now()
            self.env["finance.audit"]._record(
                "keys.rotated",
                current,
                before={"began": str(current.rotation_began_at)},
                after={"key": current.name, "values": current.sealed_count, "files": current.file_count},
            )

    @api.model
    def _cron_self_test(self):
        problem = self._self_test()
        if problem:
            _logger.warning("secrets are locked: %s", problem)
        self._go_on_rotating()

    @api.model
    def _go_on_rotating(self):
        """:return: whether there is something left to wrap again; the scheduled action is woken for it"""
        keys = self.sudo()  # sudo: rows that nobody writes
        waits = [("sealed_count", ">", 0), ("is_current", "=", False), ("is_available", "=", True)]
        if not keys.search_count([("is_current", "=", True)], limit=1):
            return False
        if not keys.search_count(waits, limit=1) and not self.env["finance.content.key"]._waits_for_sealing():
            return False
        # sudo: the scheduled action belongs to the system
        self.env.ref("finance_connector_base.ir_cron_rewrap").sudo()._trigger()
        return True

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
            action["name"] = self.env._("Master keys: none configured, messages and their files are stored unencrypted")
        return action

    def action_refresh(self):
        """Count again, while a rotation is under way."""
        return self.action_open()

    # -- rotation --------------------------------------------------------------------------

    @api.model
    def _cron_rewrap(self):
        """Wrap what earlier keys sealed by the current one; goes on where an interrupted run stopped."""
        ring = self._master_keys()
        progress = self.env["ir.cron"]
        in_cron = bool(self.env.context.get("ir_cron_progress_id"))
        self._self_test()
        waiting = self._count_waiting(ring)
        for name, field in self._sealed_columns():
            after = 0
            while after is not None:
                done, after = self._rewrap_batch(ring, name, field, after)
                waiting = max(waiting - done, 0)
                if in_cron and not progress._commit_progress(done, remaining=waiting or int(after is not None)):
                    # woken again: what is wrapped already is passed over
                    return
        if self._seal_content(progress if in_cron else None):
            self._self_test()

    @api.model
    def _seal_content(self, progress=None):
        """Seal what was stored in clear before there was a key; goes on where an interrupted run stopped.

        :return: False when the time of the scheduled action is over
        """
        contents = self.env["finance.content.key"]
        columns = contents._content_columns()
        in_hand = 0
        for number, (name, field) in enumerate(columns, 1):
            after, is_first = None, True
            while is_first or after is not None:
                done, left, after = contents._seal_earlier(name, field, after)
                in_hand += left
                is_first = False
                is_last = number == len(columns) and after is None
                if progress is not None and not progress._commit_progress(done, remaining=int(not is_last)):
                    return False
        if in_hand:
            # sudo: the scheduled action belongs to the system
            cron = self.env.ref("finance_connector_base.ir_cron_rewrap").sudo()
            cron._trigger(fields.Datetime.now() + timedelta(minutes=1))
        return True

    @api.model
    def _count_waiting(self, ring):
        """:return: how many values an earlier key seals that is at hand"""
        counts = self._count_sealed()
        return sum(sum(counts.get(name, {}).values()) for name in ring.identifiers[1:])

    @api.model
    def _rewrap_batch(self, ring, model, field, after, *, fresh=False, limit=None):
        """Wrap one batch again, in two statements. What cannot be opened is left as it is.

        A value that is being replaced at this moment is passed over (it is sealed by the current key then),
        except in an emergency, which waits for it.

        :param fresh: encrypt the values themselves again, too
        :return: (how many, last id or None at the end)
        """
        limit = limit or BATCH
        current = crypto.key_id(ring.current)
        records = self.env[model].sudo()  # sudo: ciphertext is read and written by nobody else
        records.flush_model([field])
        table, column = SQL.identifier(records._table), SQL.identifier(field)
        self.env.cr.execute(
            SQL(
                "SELECT id, %s FROM %s WHERE id > %s AND %s IS NOT NULL AND split_part(%s, ':', 2) <> %s"
                " ORDER BY id LIMIT %s FOR NO KEY UPDATE %s",
                column,
                table,
                after,
                column,
                column,
                "" if fresh else current,
                limit,
                SQL() if fresh else SQL("SKIP LOCKED"),
            )  # fmt: skip
        )
        rows = self.env.cr.fetchall()
        batch = records.browse([row[0] for row in rows])
        again = []
        for record, (_id, sealed) in zip(batch, rows, strict=True):
            place = record._seal_place(field)
            try:
                if fresh and sealed.count(":") == 3:
                    again.append((record.id, crypto.seal(ring, crypto.unseal(ring, sealed, place), place)))
                else:
                    again.append((record.id, crypto.rewrap(ring, sealed, place)))
            except (crypto.KeyMissing, crypto.SealBroken) as error:
                _logger.warning("%s %s stays sealed as it is: %s", model, record.id, error)
        if again:
            ids, values = map(list, zip(*again, strict=True))
            self.env.cr.execute(
                SQL(
                    "UPDATE %s t SET %s = v.sealed FROM unnest(%s::int[], %s::text[]) v (id, sealed) WHERE t.id = v.id",
                    table,
                    column,
                    ids,
                    values,
                )
            )
        # a batch, not a table, in memory
        batch.invalidate_recordset()
        return len(again), rows[-1][0] if len(rows) == limit else None

    @api.model
    def _rotate_at_once(self):
        """Seal again by the current key in this transaction: all values with new data keys, and the keys of
        original files as far as that is done in the time of one request; the scheduled action does the others.

        :return: number of values
        """
        ring = self._master_keys()
        self.env["finance.content.key"]._close_all()
        total = 0
        for name, field in self._sealed_columns():
            after, left = 0, AT_ONCE if name == "finance.payload" else None
            while after is not None and (left is None or left > 0):
                # what a file was encrypted with cannot change: its key is wrapped again, not the file
                done, after = self._rewrap_batch(ring, name, field, after, fresh=left is None)
                total += done
                left = None if left is None else left - done
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
