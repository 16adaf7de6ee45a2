import json
import logging
import uuid

from pydantic import ValidationError

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..engine.work import current_work, is_correlation_id
from ..events import CATALOGUE, cloud_event
from ..events.cloud import source_of
from ..events.waking import current_drain

_logger = logging.getLogger(__name__)

#: rows per statement
PAGE = 1000
#: stands for every type of event
ANY = "*"
#: columns that are no text
_NUMBERS = ("version", "company_id", "subscription_id")


class FinanceEvent(models.Model):
    """Something that has happened, told to whoever has subscribed (S-26, B-26).

    Rows are added by ``_emit`` in the transaction in which it happens: a rollback tells nothing. In which order readers
    see them is written later, see ``finance_event_order.py``. Where nobody listens nothing is written.
    """

    _name = "finance.event"
    _description = "Event"
    _order = "id desc"
    _rec_name = "type"
    _log_access = False
    _allow_sudo_commands = False

    uid = fields.Char(string="Identity", required=True, readonly=True)
    type = fields.Char(required=True, readonly=True)
    version = fields.Integer(required=True, readonly=True, aggregator=None)
    subject = fields.Char(string="About", required=True, readonly=True, index=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True, ondelete="restrict")
    at = fields.Datetime(string="When", required=True, readonly=True)
    correlation_id = fields.Char(required=True, readonly=True, index=True)
    data = fields.Json(readonly=True)
    fault = fields.Char(
        readonly=True, help="It does not keep its contract and is told to nobody: a person looks at the deliveries."
    )
    position = fields.Integer(
        readonly=True, aggregator=None, help="Its place among all events; empty until it is known that it happened."
    )

    preview = fields.Text(string="What is told", compute="_compute_preview")

    _once = models.UniqueIndex("(position)")
    _new = models.Index("(id) WHERE position IS NULL")
    _by_time = models.Index("(at)")

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS finance_event_position_seq")

    @api.depends("data")
    def _compute_preview(self):
        for event in self:
            event.preview = json.dumps(event.data, indent=2, ensure_ascii=False) if event.data else False

    @api.model
    def _types(self):
        """:return: dict name -> :class:`~..events.type.EventType`; EXTENDS by modules"""
        return dict(CATALOGUE)

    # -- who listens ---------------------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _listeners(self):
        """:return: dict company id -> frozenset of types that somebody wants to be told, or :data:`ANY`"""
        found = {}
        for company_id, types in self._listening():
            found[company_id] = found.get(company_id, frozenset()) | frozenset(types or [ANY])
        return found

    @api.model
    def _listening(self):
        """Say who wants to be told; EXTENDS by what listens.

        :return: list of (company id, names of types; none: all)
        """
        return []

    @api.model
    def _listeners_changed(self):
        """Called by what listens when it comes, changes or goes. Other processes learn of it with their next request
        or job; what happens there before that is not told to who has just come."""
        self.env.registry.clear_cache()
        # what another thread has read meanwhile is what was before the commit
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    @api.model
    def _wants(self, name, company_id=None):
        """Say whether anybody would be told; asked before anything is read for an event.

        :param company_id: None: of all companies
        """
        listeners = self._listeners()
        if not listeners:
            return False
        wanted = listeners.values() if company_id is None else [listeners.get(company_id, ())]
        return any(name in types or ANY in types for types in wanted)

    # -- telling -------------------------------------------------------------------------------

    @api.model
    def _emit(self, name, facts):
        """Tell what happens, as part of the current transaction.

        :param str name: of the type
        :param facts: list of dicts: ``subject`` (public name), ``data`` (values of the contract), ``company_id`` (None:
            of all companies), and if known ``correlation_id``
        """
        wanted = [fact for fact in facts if self._wants(name, fact["company_id"])]
        if not wanted:
            return
        kind = self._types()[name]
        rows = [self._row(kind, fact) for fact in wanted]
        for start in range(0, len(rows), PAGE):
            # facts of the business must not get into the log when a statement fails
            self._insert(rows[start : start + PAGE])
        self._wake_relay()

    @api.model
    def _row(self, kind, fact):
        data, fault = None, None
        try:
            data = kind.data.model_validate(fact["data"]).model_dump_json()
        except ValidationError as error:
            # what happens is not stopped because it cannot be told; it is told that it cannot
            fault = "; ".join(
                f"{'/'.join(['', *map(str, one['loc'])])}: {one['msg']}"
                for one in error.errors(include_url=False, include_context=False, include_input=False)[:5]
            )[:500]
            _logger.error("%s of %s does not keep its contract: %s", kind.key, fact["subject"], fault)
        return {
            "uid": str(uuid.uuid4()),
            "type": kind.name,
            "version": kind.version,
            "subject": fact["subject"],
            "company_id": fact["company_id"] or None,
            "correlation_id": self._correlation(fact.get("correlation_id")),
            "data": data,
            "fault": fault,
        }

    @api.model
    def _correlation(self, given):
        """:return: the business transaction: as given, else of the message under way, else of this transaction"""
        work = current_work.get()
        if not is_correlation_id(given) and work:
            given = work.correlation_id
        if not is_correlation_id(given):
            given = self.env.cr.precommit.data.setdefault("finance_event_correlation", uuid.uuid4().hex)
        return given

    @api.model
    def _insert(self, rows):
        columns = list(rows[0])
        self.env.cr.execute(
            SQL(
                "INSERT INTO finance_event (%s, at) SELECT %s, clock_timestamp() AT TIME ZONE 'UTC'"
                " FROM unnest(%s) AS t(%s)",
                SQL(", ").join(SQL.identifier(column) for column in columns),
                SQL(", ").join(
                    SQL("t.data::jsonb") if column == "data" else SQL.identifier("t", column) for column in columns
                ),
                SQL(", ").join(
                    SQL("%s::int[]" if column in _NUMBERS else "%s::text[]", [row[column] for row in rows])
                    for column in columns
                ),
                SQL(", ").join(SQL.identifier(column) for column in columns),
            ),
            log_exceptions=False,
        )

    # -- as others see it ----------------------------------------------------------------------

    def _cloud_events(self):
        """:return: :class:`~..events.CloudEvent` of each, in their order"""
        parameters = self.env["ir.config_parameter"].sudo()  # sudo: who we are is no secret
        source = source_of(parameters.get_param("database.uuid"))
        base_url = parameters.get_param("web.base.url") or "http://localhost"
        names = self.env["finance.api"]._names()
        return [
            cloud_event(
                base_url=base_url,
                key=f"{event.type}/{event.version}",
                data=event.data,
                id=event.uid,
                source=source,
                subject=event.subject,
                time=event.at,
                correlationid=event.correlation_id,
                company=names.of("company", event.company_id.id) if event.company_id else None,
                sequence=str(event.position) if event.position else None,
            )
            for event in self
        ]

    def _subject_of(self, kind, number):
        """:return: the public name of a record"""
        return self.env["finance.api"]._names().of(kind, number)

    # -- the relay -----------------------------------------------------------------------------

    @api.model
    def _wake_relay(self):
        """Have the events handed out right after this transaction commits; once per transaction, and in a drain, with a
        transaction a message, once a second and at its end."""
        drain = current_drain.get()
        if drain and not drain.is_due():
            return
        data = self.env.cr.precommit.data
        if data.get("finance_event_wake"):
            return
        data["finance_event_wake"] = True
        self.env.cr.precommit.add(self._trigger_relay)

    @api.model
    def _trigger_relay(self):
        self.env["finance.dispatcher"]._trigger_crons(self._name, "model._cron_relay()")
