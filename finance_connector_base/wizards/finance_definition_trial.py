import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..canonical import CanonicalError, parse_document
from ..const import ADMIN
from ..declarative import DescriptionError, look, one
from ..declarative.examples import made_data, shown
from ..declarative.feed import plain
from ..declarative.send import request_of
from ..engine.errors import FinanceError

#: characters of an answer that are shown
MOST_SHOWN = 20_000
#: rows whose result is shown
MOST_ROWS = 5


class FinanceDefinitionTrial(models.TransientModel):
    """Shows what a description asks, what comes back, and what it becomes. Nothing is kept, and nothing is sent.

    What proves who we are is added behind the request that is shown, so no secret appears here.
    """

    _name = "finance.definition.trial"
    _description = "Try a Described System"

    definition_id = fields.Many2one("finance.connector.definition", string="System", required=True, readonly=True)
    connection_id = fields.Many2one(
        "finance.connection",
        domain="[('adapter', '=', 'finance.adapter.declarative')]",
        help="Whose address, values and secrets are used. Drafts are tried on connections to sandbox or test only.",
    )
    what = fields.Selection(selection="_selection_what", help="What is read, or how a document would be sent.")
    identity = fields.Char(string="Only the row", help="What the system calls one record. Empty: the first page.")
    document = fields.Text(help="Of a sending: the document as JSON. The request is shown, and not made.")
    is_send = fields.Boolean(compute="_compute_is_send")
    request_text = fields.Text(string="Request", readonly=True)
    answer_text = fields.Text(string="Answer", readonly=True)
    result_text = fields.Text(string="Result", readonly=True)
    problem = fields.Text(readonly=True)

    @api.model
    def _selection_what(self):
        """Of all systems: a form asks for the choices before it knows which one it is about."""
        found = {}
        for definition in self.env["finance.connector.definition"].search([("state", "!=", "retired")]):
            try:
                said = definition._said()
            except DescriptionError:
                continue
            for name, feed in said.feeds.items():
                label = self.env._("%(system)s: read %(what)s", system=said.name, what=feed.title)
                found.setdefault(f"{said.code}/feed:{name}", label)
            for name, send in said.sends.items():
                label = self.env._("%(system)s: send %(what)s", system=said.name, what=send.title)
                found.setdefault(f"{said.code}/send:{name}", label)
        return list(found.items())

    @api.model
    def default_get(self, fields_list):
        # EXTENDS: the first thing that the description can do, and a connection that runs it
        values = super().default_get(fields_list)
        definition = self.env["finance.connector.definition"].browse(values.get("definition_id")).exists()
        if definition and "what" in fields_list:
            choices = [what for what, _label in self._selection_what() if what.startswith(f"{definition.code}/")]
            values["what"] = choices[0] if choices else False
        if definition and "connection_id" in fields_list:
            connections = self.env["finance.connection"]
            values["connection_id"] = connections.search([("definition_id.code", "=", definition.code)], limit=1).id
        return values

    @api.depends("what")
    def _compute_is_send(self):
        for trial in self:
            trial.is_send = bool(trial.what) and "/send:" in trial.what

    def action_try(self):
        """Make the request that is chosen and show what comes of it."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        if not self.what:
            raise UserError(self.env._("Choose what to try."))
        if not self.connection_id:
            raise UserError(self.env._("Choose the connection to try it on."))
        connection = self.connection_id
        connection.check_access("read")
        if self.definition_id.state != "active" and connection.environment not in ("sandbox", "test"):
            raise UserError(self.env._("What is not approved is tried on a connection to sandbox or test only."))
        noted, shown_values = [], {"problem": False, "result_text": False}
        code, _slash, what = self.what.partition("/")
        kind, _colon, name = what.partition(":")
        if code != self.definition_id.code:
            raise UserError(self.env._("Choose something that %s can do.", self.definition_id.name))
        try:
            result = self.env["finance.adapter.declarative"]._work(
                connection.sudo(),  # sudo: adapters read secrets; the role was checked
                self._reading(name) if kind == "feed" else self._sending(name),
                definition=self.definition_id,
                noted=noted,
            )
            shown_values["result_text"] = _json(result)
        except FinanceError as error:
            shown_values["problem"] = error.detail
        shown_values["request_text"] = "\n\n".join(_json(shown(call)) for call, _heard in noted[:10])
        shown_values["answer_text"] = "\n\n".join(
            f"{heard.status}\n{_json(plain(heard.body))}" for _call, heard in noted[:10] if heard
        )[:MOST_SHOWN]
        self.write(shown_values)
        return self._again()

    def _reading(self, name):
        def work(description, facts, caller):
            if self.identity:
                rows = one(description, name, facts, self.identity, caller)
            else:
                now = fields.Datetime.now().astimezone()
                rows = look(description, name, facts, None, caller, now=now, most_pages=1).rows
            return [{"row": row.id, "objects": made_data(row.made)} for row in rows[:MOST_ROWS]]

        return work

    def _sending(self, name):
        try:
            document = parse_document(json.loads(self.document or "{}")).to_dict()
        except (ValueError, CanonicalError) as error:
            raise UserError(self.env._("The document cannot be read: %s", error)) from error

        def work(description, facts, _caller):
            return shown(request_of(description, name, document, {**facts, "key": "KEY"}, key="KEY"))

        return work

    def action_examples(self):
        """Run the examples of the description."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.write({"result_text": self.definition_id.example_text, "request_text": False, "answer_text": False})
        return self._again()

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try %s", self.definition_id.name or ""),
            "res_model": self._name,
            "view_mode": "form",
            "res_id": self.id,
            "target": "new",
            "context": {"default_definition_id": self.definition_id.id},
        }


def _json(value):
    return json.dumps(plain(value), indent=1, ensure_ascii=False)[:MOST_SHOWN]
