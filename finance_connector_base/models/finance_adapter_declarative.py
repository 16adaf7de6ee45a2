import re
import time
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..declarative import ContentError, DescriptionError, Heard, Refused, look, one, send
from ..declarative.calls import asked, prepared
from ..declarative.examples import values
from ..declarative.expression import search
from ..declarative.send import AnswerError
from ..declarative.template import truth
from ..engine.errors import (
    AmbiguousError,
    AuthNeededError,
    DuplicateError,
    MalformedError,
    RejectedError,
    ThrottledError,
    TransientError,
)
from ..transports.http import Basic, Bearer
from ..transports.http_outcome import retry_after

#: values of a connection that a description may propose
PROPOSED = frozenset(
    {
        "http_auth",
        "http_base_url",
        "http_honours_key",
        "max_concurrency",
        "oauth_address",
        "oauth_client_auth",
        "oauth_page",
        "oauth_rsa",
        "oauth_scope",
    }
)
#: what a fault of the description means for the message under way
MEANINGS = {
    "retry": TransientError,
    "wait": ThrottledError,
    "reject": RejectedError,
    "hold": MalformedError,
    "log_in": AuthNeededError,
    "empty": RejectedError,
    "exists": DuplicateError,
}


class Header:
    """A secret in a header of its own."""

    def __init__(self, name, token):
        self._name, self._token = name, token

    def headers(self):
        return {self._name: self._token}

    def renew(self):
        return False


class Calls:
    """Makes the calls of a description over the one HTTP client, and notes them where somebody watches."""

    def __init__(self, client, origin, *, query=None, heartbeat=None, noted=None):
        self._client = client
        self._origin = origin
        self._query = query or {}
        self._heartbeat = heartbeat or (lambda: None)
        self._noted = noted

    def call(self, call):
        path = call.path
        if call.from_origin:
            path = f"{self._origin}/{path.lstrip('/')}"
        if self._noted is not None:
            self._noted.append([call, None])
        answer = self._client.request(
            call.method,
            path,
            query={**call.query, **self._query},
            headers=dict(call.headers),
            json=call.json,
            form=dict(call.form) if call.form is not None else None,
            may_repeat=call.repeatable,
            expect=call.expect,
        )
        is_good = 200 <= answer.status < 300
        body = answer.json() if answer.body.strip() and (is_good or _is_json(answer)) else None
        heard = Heard(status=answer.status, headers=answer.headers, body=body)
        if self._noted is not None:
            self._noted[-1][1] = heard
        return heard

    def pause(self, seconds):
        self._heartbeat()
        time.sleep(min(seconds, 10.0))


def _is_json(answer):
    return "json" in answer.headers.get("content-type", "")


class FinanceAdapterDeclarative(models.AbstractModel):
    """Speaks to any system that a description describes."""

    _name = "finance.adapter.declarative"
    _inherit = "finance.adapter"
    _description = "Described System"

    _supports = frozenset({"check", "feed", "documents"})
    _uses_http = True

    @api.model
    def _description_of(self, connection, definition=None):
        """:return: the description that a connection runs today
        :raise RejectedError: none is chosen, or none is approved
        """
        chosen = connection.sudo().definition_id  # sudo: which description runs is no secret
        version = definition or (chosen._current() if chosen else chosen)
        if not version:
            raise RejectedError(
                self.env._("Choose the described system on the connection; it needs an approved version."),
                reason="connection_incomplete",
            )
        try:
            return version._said()
        except DescriptionError as error:
            raise RejectedError(str(error), reason="definition_broken") from error

    @api.model
    def _facts(self, connection, description):
        """:return: dict of the variables, and of what every description may ask for
        :raise RejectedError: one is missing, or not as its pattern says
        """
        facts = values(description, connection._definition_values())
        for name, variable in description.variables.items():
            if facts[name] is None or not re.fullmatch(variable.pattern, facts[name]):
                raise RejectedError(
                    self.env._(
                        "Enter a value for %(name)s (%(label)s) on the connection.", name=name, label=variable.label
                    ),
                    reason="connection_incomplete",
                )
        return {**facts, "company_currency": connection.company_id.currency_id.name}

    @api.model
    def _opened(self, connection, description):
        """:return: (client, parameters of the query that prove who we are)"""
        log_in = description.log_in
        clear = lambda value: value.text if value.text is not None else connection._secret(value.secret)  # noqa: E731
        if log_in.kind == "connection":
            return connection._http(), {}
        if log_in.kind == "basic":
            authorization = Basic(user=clear(log_in.user), password=clear(log_in.password))
        elif log_in.kind == "bearer":
            authorization = Bearer(token=clear(log_in.token))
        elif log_in.kind == "header":
            authorization = Header(log_in.name, clear(log_in.token))
        else:
            query = {log_in.name: clear(log_in.token)} if log_in.kind == "query" else {}
            return connection._http(authorization=Header("Accept", "application/json")), query
        return connection._http(authorization=authorization), {}

    @api.model
    def _work(self, connection, work, *, definition=None, noted=None):
        """Run a piece of work over the description, with its faults as errors of the suite.

        :param work: called with (description, facts, caller)
        """
        description = self._description_of(connection, definition)
        facts = self._facts(connection, description)
        client, query = self._opened(connection, description)
        parts = urlsplit(connection.http_base_url or "")
        with client:
            caller = Calls(
                client,
                f"{parts.scheme}://{parts.netloc}",
                query=query,
                heartbeat=self.env["finance.dispatcher"]._heartbeat,
                noted=noted,
            )
            try:
                return work(description, facts, caller)
            except Refused as refused:
                raise self._meant(connection, refused) from None
            except AnswerError as error:
                raise AmbiguousError(
                    self.env._(
                        "%(system)s has answered, but not as described: %(why)s", system=connection.name, why=error
                    )
                ) from None
            except ContentError as error:
                raise MalformedError(
                    self.env._("%(system)s is not as described: %(why)s", system=connection.name, why=error),
                    reason="definition_mismatch",
                ) from None

    @api.model
    def _meant(self, connection, refused):
        """:return: the error that a fault of the description means"""
        kind = MEANINGS[refused.means]
        said = self.env._(
            "%(system)s answered %(status)s: %(words)s",
            system=connection.name,
            status=refused.heard.status,
            words=refused.says or self.env._("nothing more"),
        )
        params = {"http_status": refused.heard.status}
        if kind in (TransientError, ThrottledError):
            return kind(said, retry_after=retry_after(refused.heard.headers), params=params)
        return kind(said, params=params)

    @api.model
    def _check(self, connection):
        def check(description, facts, caller):
            wanted = description.check
            heard = asked(description, caller, prepared(description, wanted.request, facts, {}, place="check.request"))
            said = {"status": heard.status, "headers": dict(heard.headers), "body": heard.body}
            if wanted.says and not truth(search(wanted.says, said, facts=facts)):
                raise AuthNeededError(self.env._("%s answers, but does not let us in.", connection.name))
            return self.env._("%(name)s answers.", name=description.name)

        return self._work(connection, check)

    @api.model
    def _read_feed(self, connection, name, position, *, identity=None):
        """Read the next part of a feed, or one row of it.

        :return: a :class:`~..declarative.Part`, or a tuple of rows where ``identity`` is given
        :raise FinanceError: see ``engine/errors.py``
        """

        def work(description, facts, caller):
            if name not in description.feeds:
                raise RejectedError(
                    self.env._("%(system)s has no list called %(name)s.", system=description.name, name=name),
                    reason="connection_incomplete",
                )
            if identity is not None:
                return one(description, name, facts, identity, caller)
            return look(description, name, facts, position, caller, now=fields.Datetime.now().astimezone())

        return self._work(connection, work)

    @api.model
    def _send_document(self, connection, name, document, *, key, again=False):
        """Tell the other side of an object.

        :param document: as on the wire
        :param key: idempotency key, the same in every attempt
        :param again: an earlier attempt may have had an effect
        :return: a :class:`~..declarative.Sent`
        """

        def work(description, facts, caller):
            if name not in description.sends:
                raise RejectedError(
                    self.env._("%(system)s cannot be sent %(name)s.", system=description.name, name=name),
                    reason="connection_incomplete",
                )
            return send(description, name, document, facts, caller, key=key, again=again)

        return self._work(connection, work)


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    @api.model
    def _capabilities(self):
        return {**super()._capabilities(), "feed": ("_read_feed",), "documents": ("_send_document",)}


class FinanceConnection(models.Model):
    """Which description a connection runs, and what differs from one customer of the system to the next."""

    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.declarative", "Described system")],
        ondelete={"finance.adapter.declarative": "cascade"},
    )
    definition_id = fields.Many2one(
        "finance.connector.definition",
        string="System",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        domain="[('state', '=', 'active')]",
        help="The description that is run. Its latest approved version counts.",
    )
    definition_values_text = fields.Text(
        string="Values", tracking=True, help="One a line, e.g. shop = my-shop. What there is, is said below."
    )
    definition_needs = fields.Text(string="Needs", compute="_compute_definition_needs")

    @api.depends("definition_id")
    def _compute_definition_needs(self):
        for connection in self:
            connection.definition_needs = False
            if not connection.definition_id:
                continue
            try:
                said = connection.definition_id._said()
            except DescriptionError as error:
                connection.definition_needs = str(error)
                continue
            lines = [
                self.env._("%(name)s: %(label)s (%(default)s)", name=name, label=v.label, default=v.default)
                if v.default is not None
                else f"{name}: {v.label}"
                for name, v in said.variables.items()
            ]
            lines += [self.env._("secret %s: set it on the page Secrets", key) for key in said.log_in.secrets]
            connection.definition_needs = "\n".join(lines)

    @api.onchange("definition_id")
    def _onchange_definition_id(self):
        if not self.definition_id:
            return
        for name, value in self.definition_id._said().connection.items():
            if name in PROPOSED and (name != "http_base_url" or not self.http_base_url):
                self[name] = value

    def _definition_values(self):
        """:return: dict name -> value as entered"""
        found = {}
        for line in (self.sudo().definition_values_text or "").splitlines():  # sudo: settings, read by the engine
            name, _equals, value = line.partition("=")
            if name.strip() and value.strip():
                found[name.strip()] = value.strip()
        return found

    @api.constrains("definition_values_text")
    def _check_definition_values(self):
        for connection in self:
            for line in (connection.definition_values_text or "").splitlines():
                if line.strip() and "=" not in line:
                    raise ValidationError(self.env._("Values: enter lines like shop = my-shop."))

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"definition_id", "definition_values_text"}

    # -- carried to another environment; what differs by customer is entered there ---------------------

    @api.model
    def _portable_names(self):
        return [*super()._portable_names(), "definition"]

    def _portable(self):
        carried = super()._portable()
        return {**carried, "definition": self.definition_id._portable_key()} if self.definition_id else carried

    @api.model
    def _portable_values(self, values, scope):
        written = super()._portable_values(values, scope)
        key = values.get("definition")
        if not key:
            return written
        definition = self.env["finance.connector.definition"]
        return {**written, "definition_id": definition._portable_find(key, scope).id}
