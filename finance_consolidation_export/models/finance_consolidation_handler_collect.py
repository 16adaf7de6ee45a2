import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.engine.outcome import Done, Held

from ..balances.neutral_reader import UnreadableError

HANDLER = "finance.consolidation.handler.collect"
#: name under which a flow keeps until when it has asked
POSITION = "packages"


class FinanceConsolidationHandlerCollect(models.AbstractModel):
    """Collects approved packages of companies whose books are in another database of the suite (C-16, S-01).

    A page of names a message; each package becomes a message of its own, by its digest: it is received once. What
    this database does not know (a company, a group account) holds that one package and no other.
    """

    _name = HANDLER
    _inherit = "finance.handler"
    _description = "Collect Packages from Another Database"

    _calls_out = True
    _held_blocks = False

    @api.model
    def _plan_fetch(self, message):
        """OVERRIDE: ask what was approved since."""
        asked = self._ask(message.flow_id, parent=message)
        return Done(result={"asked": len(asked)})

    @api.model
    def _ask(self, flow, *, parent=None, **place):
        """:param place: where a list goes on: ``cursor``, ``since`` (what was asked first), ``newest`` (seen so far)"""
        return self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(
                    subject=self.env._("Ask for packages"),
                    data={"ask": True, **place},
                    order_key=f"ask:{flow.id}",
                    parent_id=parent.id if parent else None,
                )
            ],
        )

    @api.model
    def _call(self, message):
        data = message.sudo().data  # sudo: content of messages is read by the engine alone
        connection = message.connection_id
        adapter = connection._adapter()
        if data.get("ask"):
            return adapter._packages(connection, self._since(message, data), data.get("cursor"))
        # kept by the answer, and closed with it
        return [
            (file, adapter._package_content(connection, data["package"]["id"], file))
            for file in data["package"]["files"]
        ]

    @api.model
    def _since(self, message, data):
        return data["since"] if "since" in data else (message.flow_id._cursor(POSITION) or {}).get("since")

    @api.model
    def _settle(self, message, answer):
        data = message.sudo().data  # sudo: as above
        return (
            self._settle_list(message, data, answer) if data.get("ask") else self._settle_package(message, data, answer)
        )

    @api.model
    def _settle_list(self, message, data, page):
        # the newest of a company and period counts; what it replaced there need not come any more
        wanted = [one for one in page["data"] if one["state"] == "approved"]
        taken = self.env["finance.message"]._enqueue(
            message.flow_id,
            [
                Envelope(
                    subject=one["name"],
                    data={"package": one},
                    dedupe_key=f"package:{one['id']}:{one['digest']}",
                    business_key=one["name"],
                    order_key=f"package:{one['scenario']}:{one['entity']}:{one['last']}",
                    parent_id=message.id,
                )
                for one in wanted
            ],
        )
        newest = max([one["changed_at"] for one in page["data"]] + [data.get("newest") or ""])
        if page["next"]:
            since = self._since(message, data)
            self._ask(message.flow_id, parent=message, cursor=page["next"], since=since, newest=newest)
        elif newest:
            message.flow_id._set_cursor(POSITION, {"since": newest})
        known = len(taken.filtered("duplicate_of_id"))
        return Done(result={"packages": len(taken) - known, "known_already": known})

    @api.model
    def _settle_package(self, message, data, contents):
        told = data["package"]
        receiver = self.env["finance.consolidation.receiver"].with_company(message.company_id)
        try:
            # what holds the message leaves nothing half
            with self.env.cr.savepoint():
                package = receiver._receive(
                    [
                        (file["cut"], file["dimensions"], _again(content), {"sha256": file["sha256"], **_control(file)})
                        for file, content in contents
                    ],
                    source=self.env._(
                        "%(system)s, %(package)s", system=message.connection_id.name, package=told["name"]
                    ),
                    approved_by=told["approved_by"],
                    source_digest=told["digest"],
                    is_preliminary=told["is_preliminary"],
                    company=message.company_id,
                )
        except FinanceError:
            # the content is locked: the engine knows what to do
            raise
        except (UnreadableError, UserError) as error:
            return Held(reason="consolidation_not_received", detail=str(error))
        return Done(
            result={"package": package.name, "blocking": package.blocking_count},
            documents=((package._name, package.id),),
        )


def _again(stream):
    """:return: the file at its begin, also when a conflict makes it be read once more"""
    stream.seek(0)
    return stream


def _control(file):
    """:return: what the manifest says that the rows must come to"""
    told = json.loads(file["manifest"])
    return {"row_count": told["row_count"], "control_totals": told["control_totals"]}


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[(HANDLER, "Collect packages of group reporting from another database")],
        ondelete={HANDLER: "cascade"},
    )
