"""Otter Close, an invented platform: a file, a load that is asked for by its number, and what an entity stands at."""

from contextlib import contextmanager
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import AmbiguousError
from odoo.addons.finance_consolidation_export.targets import contract
from odoo.addons.finance_consolidation_export.targets.tables import Delimited, nth, place_of, read


class OtterFile:
    SUFFIX, CONTENT_TYPE = "csv", "text/csv"
    MODES = ("whole",)
    BY_FOLDER = False
    PARAMETERS = (contract.Parameter(name="book", about="Book of the platform", needed=True),)

    def compose(self, job, lines, stream):
        table = Delimited(stream)
        table.add(["entity", "account", "amount", "link"])
        count = 0
        for line in lines:
            table.add([line.entity, line.account, format(line.amount, "f"), line.link])
            count += 1
        table.close()
        return count

    def row(self, job, stream, number):
        header, *rows = read(stream)
        found = nth(rows, number)
        return place_of(header, found, {"entity": "entity", "account": "account"}) if found else {}


class Otter:
    def __init__(self, client, job):
        self.client, self.job = client, job

    def upload(self, stream):
        # PUT: again it changes nothing
        self.client.request("PUT", f"files/{self.job.file}", body=stream.read())
        return {}

    def start(self):
        told = self.client.post(f"books/{self.job.said('book')}/loads", json={"file": self.job.file}).json()
        if not told.get("load"):
            raise AmbiguousError("Otter Close names no load.")
        return {"job": str(told["load"])}

    def inquire(self):
        found = self.client.get(f"files/{self.job.file}/loads").json()
        return {"job": str(found[0])} if found else contract.NOT_STARTED

    def poll(self):
        told = self.client.get(f"loads/{self.job.known['job']}").json()
        return contract.Progress(state=told["state"], known={"wrong": told.get("wrong", [])})

    def report(self):
        wrong = [contract.Rejected(row=row, message=text) for row, text in self.job.known["wrong"]]
        return contract.Report(rejected=tuple(wrong))

    def totals(self):
        entity, currency = self.job.place.entity, self.job.place.currency
        told = self.client.get(f"entities/{entity}").json()
        return [
            contract.Total(entity=entity, account=account, currency=currency, amount=Decimal(amount))
            for account, amount in told.items()
        ]


class FinanceConsolidationAdapterOtter(models.AbstractModel):
    _name = "finance.consolidation.adapter.otter"
    _inherit = "finance.adapter"
    _description = "Otter Close"

    _supports = frozenset({"check", "consolidation"})
    _uses_http = True

    @api.model
    def _check(self, connection):
        with connection._http() as client:
            client.get("books")
        return self.env._("Otter Close lets us in.")

    @api.model
    def _consolidation_writer(self):
        return OtterFile()

    @api.model
    @contextmanager
    def _consolidation_platform(self, connection, job):
        with connection._http() as client:
            yield Otter(client, job)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.consolidation.adapter.otter", "Otter Close")],
        ondelete={"finance.consolidation.adapter.otter": "cascade"},
    )
