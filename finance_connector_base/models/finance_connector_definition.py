import json
from pathlib import PurePosixPath

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import file_open

from ..const import ADMIN
from ..declarative import DescriptionError, examples, read
from ..engine.difference import fingerprint


class FinanceConnectorDefinition(models.Model):
    """How a kind of REST system is spoken to, as data: versions, approved like everything that runs.

    What the description says is in ``declarative/description.py``; ``finance.adapter.declarative`` runs it.
    """

    _name = "finance.connector.definition"
    _description = "Described System"
    _inherit = ["finance.portable.rules", "finance.governed"]
    _order = "name, version desc"

    _governed_event = "definition"
    _governed_group = ADMIN
    _portable_plain = ("content",)

    name = fields.Char(compute="_compute_said", store=True)
    code = fields.Char(compute="_compute_said", store=True, index=True)
    interface = fields.Char(compute="_compute_said", store=True)
    content = fields.Text(string="Description", required=True, help="JSON; see docs/declarative-connectors.md.")
    unverified = fields.Text(string="Not verified", compute="_compute_said", store=True)
    overview = fields.Text(
        string="What it does", compute="_compute_overview", help="What can be read, sent and listened to."
    )
    example_state = fields.Selection(
        [("none", "No examples"), ("passed", "Examples pass"), ("failed", "Examples fail")],
        string="Examples",
        compute="_compute_examples",
    )
    example_text = fields.Text(string="What the examples say", compute="_compute_examples")
    shipped_as = fields.Char(string="Came with", readonly=True, copy=False, help="File of the module that brought it.")
    replaces_id = fields.Many2one("finance.connector.definition", readonly=True, copy=False)
    origin_id = fields.Many2one("finance.connector.definition", readonly=True, copy=False, index=True)
    connection_ids = fields.One2many("finance.connection", "definition_id", string="Connections")

    def _said(self):
        """:return: the :class:`~..declarative.Description`
        :raise DescriptionError: it cannot be read
        """
        self.ensure_one()
        return read((self.content or "").encode())

    @api.depends("content")
    def _compute_said(self):
        for definition in self:
            try:
                said = definition._said()
            except DescriptionError:
                definition.name = definition.code = definition.interface = definition.unverified = False
                continue
            definition.name, definition.code, definition.interface = said.name, said.code, said.api
            definition.unverified = "\n".join(said.unverified)

    @api.depends("content")
    def _compute_overview(self):
        for definition in self:
            try:
                said = definition._said()
            except DescriptionError as error:
                definition.overview = str(error)
                continue
            lines = [
                self.env._("reads %(name)s: %(objects)s", name=feed.title, objects=", ".join(_objects(feed.gives)))
                for feed in said.feeds.values()
            ]
            lines += [
                self.env._("sends %(name)s: %(object)s", name=send.title, object=send.object.replace("_", " "))
                for send in said.sends.values()
            ]
            lines += [self.env._("listens to %s", name) for name in said.events]
            definition.overview = "\n".join(lines)

    @api.depends("content")
    def _compute_examples(self):
        for definition in self:
            try:
                results = examples.run(definition._said())
            except DescriptionError as error:
                definition.example_state, definition.example_text = "failed", str(error)
                continue
            failed = [result for result in results if result.problem]
            definition.example_state = "none" if not results else "failed" if failed else "passed"
            definition.example_text = "\n".join(
                f"{result.name}: {result.problem or self.env._('as it should be')}" for result in results
            )

    @api.constrains("content")
    def _check_content(self):
        for definition in self:
            try:
                definition._said()
            except DescriptionError as error:
                raise ValidationError(self.env._("The description cannot be used:\n%s", str(error))) from error

    @api.depends("name", "version", "state")
    def _compute_display_name(self):
        for definition in self:
            latest = definition.state == "active"
            definition.display_name = (
                (definition.name or "") if latest else f"{definition.name or ''} ({definition.version})"
            )

    # -- governed --------------------------------------------------------------------------------

    def _facts(self):
        return {"description": json.loads(self.content or "{}")}

    def _governed_check(self):
        result = super()._governed_check()
        for definition in self:
            if definition.example_state == "failed":
                raise UserError(
                    self.env._("The examples do not pass, so it is not what it says:\n%s", definition.example_text)
                )
        return result

    def _governed_siblings(self):
        return [("code", "=", self.code)]

    def _current(self):
        """:return: the version of this system that counts today, or an empty recordset"""
        self.ensure_one()
        today = fields.Date.context_today(self)
        # sudo: asked by the engine, whoever caused the work
        versions = self.sudo().search([("code", "=", self.code), ("state", "=", "active")], order="version desc")
        return versions.filtered(lambda version: version._valid_on(today))[:1]

    # -- from files of modules ---------------------------------------------------------------------

    @api.model
    def _load_file(self, path):
        """Load a description that a module brings; called from its data files at every update.

        The first one is in use at once. Another content later, where the one in use is the shipped one,
        becomes a draft that an administrator proposes: what runs does not change by itself.

        :param path: below the add-ons, e.g. ``my_module/definitions/acme.json``
        """
        with file_open(path, "rb", filter_ext=(".json",)) as stream:
            content = stream.read().decode()
        try:
            said = read(content.encode())
        except DescriptionError as error:
            raise ValidationError(
                self.env._("%(path)s cannot be used:\n%(problem)s", path=path, problem=str(error))
            ) from error
        name = str(PurePosixPath(path))
        definitions = self.sudo()  # sudo: modules are installed and updated by the system
        versions = definitions.search([("code", "=", said.code)], order="version desc")
        facts = fingerprint({"description": json.loads(content)})
        # public: fingerprints of descriptions, which are no secrets
        if any(fingerprint(version._facts()) == facts for version in versions):
            return
        values = {"content": content, "shipped_as": name}
        current = versions.filtered(lambda version: version.state == "active")[:1]
        if current:
            values |= {
                "replaces_id": current.id,
                "origin_id": (current.origin_id or current).id,
                "version": versions[0].version + 1,
            }
        definitions.create({**values, "state": "draft" if current else "active"})

    # -- carried to another environment --------------------------------------------------------------

    def _portable_key(self):
        return [self.code]

    @api.model
    def _portable_find(self, key, scope):
        return self.search([("code", "=", key[0]), ("state", "=", "active")], order="version desc", limit=1)

    # -- buttons ---------------------------------------------------------------------------------------

    def action_try(self):
        """Open the panel that shows request, answer and result."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try %s", self.name or ""),
            "res_model": "finance.definition.trial",
            "view_mode": "form",
            "target": "new",
            "context": {"default_definition_id": self.id},
        }


def _objects(gives):
    return dict.fromkeys(rule.object.replace("_", " ") for rule in gives)
