from collections import defaultdict
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..const import AUDITOR, VIEWER
from ..lineage import drawing, graph, hops

#: who opens traces; each sees in it what he may see elsewhere
READERS = (VIEWER, AUDITOR, "account.group_account_invoice", "account.group_account_readonly")
#: records with one correlation id; with more the id stands for a whole run
FEW = 40
#: what stands for an entry of the ledger
_ALIASES = (("statement_line_id", "account.bank.statement.line"), ("origin_payment_id", "account.payment"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What can be told of one business transaction, to one reader."""

    steps: tuple
    missing: tuple
    picture: drawing.Picture
    nodes: tuple
    correlation_ids: tuple
    hidden: int
    is_cut: bool

    @property
    def is_late(self):
        return any(missing.is_late for missing in self.missing)


class FinanceTrace(models.AbstractModel):
    """Everything that belongs to one business transaction, from any of its records (A-02, A-04, A-18, X-01)."""

    _name = "finance.trace"
    _description = "Trace"

    @api.model
    def _check_reader(self):
        """:raise AccessError: the user reads neither the integration nor the books"""
        if not self.env.su and not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(self.env._("Your role does not allow to trace transactions."))

    @api.model
    def _readers(self):
        return READERS

    @api.model
    def _action(self, record):
        """:return: the action that shows the trace of a record"""
        self._check_reader()
        record.ensure_one()
        record.check_access("read")
        return self.env["finance.trace.look"]._open_record(record)

    @api.model
    def _build(self, correlation_id):
        """:return: the :class:`Trace` of a business transaction"""
        return self._build_from(self._of_correlation([correlation_id]))

    @api.model
    def _build_from(self, starts):
        """:param starts: list of (model, id)
        :return: the :class:`Trace` that all of them are part of
        """
        self._check_reader()
        sources = self.env["finance.trace.source"]._all()
        starts = [self._alias(model, res_id) for model, res_id in starts if model in sources]
        # sudo only to find what is next to what; hidden records are not gone behind, and nothing of them is shown
        found = graph.walk(starts, lambda keys: self._look(sources, keys))
        allowed, hidden = self._sort_out(found.nodes)
        told, gaps = [], []
        for model, records in allowed.items():
            told += sources[model]._hops(records)
            gaps += sources[model]._gaps(records)
        ids = self._correlations(allowed)
        keys = {(model, record.id) for model, records in allowed.items() for record in records}
        for name in sorted(self._names()):
            told += self.env[name]._aside(keys, ids)
        nodes = self._nodes(sources, allowed, hidden)
        return Trace(
            steps=tuple(hops.ordered(told)),
            missing=tuple(hops.missing(gaps, self.env.cr.now())),
            picture=drawing.draw(nodes, found.edges),
            nodes=tuple(nodes),
            correlation_ids=tuple(sorted(ids)),
            hidden=len(hidden),
            is_cut=found.is_cut,
        )

    @api.model
    def _names(self):
        return self.env.registry.descendants(["finance.trace.source"], "_inherit") - {"finance.trace.source"}

    @api.model
    def _nodes(self, sources, allowed, hidden):
        nodes = [sources[model]._node(record) for model, records in allowed.items() for record in records]
        for model, res_id in hidden:
            nodes.append(
                drawing.Node(
                    key=(model, res_id),
                    title=self.env._("Something you may not see"),
                    kind="",
                    stage=sources[model]._stage,
                    is_hidden=True,
                )
            )
        return nodes

    # -- what is next to what ------------------------------------------------------------------

    @api.model
    def _alias(self, model, res_id):
        """:return: the record that stands for an entry: its bank line or its payment"""
        if model == "account.move":
            move = self.env[model].sudo().browse(res_id)  # sudo: which record stands for it
            for name, other in _ALIASES:
                if move[name]:
                    return other, move[name].id
        return model, res_id

    @api.model
    def _look(self, sources, keys):
        by_model = defaultdict(list)
        allowed, _hidden = self._sort_out(keys)
        for model, records in allowed.items():
            by_model[model] = records.sudo()  # sudo: neighbours are told from records that the reader may read
        for model, records in by_model.items():
            yield from self._linked(sources[model]._links(records))
            for name in sorted(self._names()):
                if model not in self.env[name]._traced and any(one in self.env for one in self.env[name]._traced):
                    yield from self._linked(self.env[name]._back(records))
            yield from self._with_correlation(records)

    @api.model
    def _linked(self, links):
        sources = self.env["finance.trace.source"]._all()
        for near, far, is_wide in links:
            for record in far.exists():
                key = self._alias(record._name, record.id)
                if key[0] in sources:
                    yield graph.Link(near=(near._name, near.id), far=key, wide=is_wide)

    @api.model
    def _with_correlation(self, records):
        if "correlation_id" not in records._fields:
            return
        for correlation_id in set(filter(None, records.mapped("correlation_id"))):
            keys = self._of_correlation([correlation_id])
            mine = records.filtered(lambda one, known=correlation_id: one.correlation_id == known)
            for record in mine:
                for key in keys:
                    yield graph.Link(near=(record._name, record.id), far=key, wide=len(keys) > FEW)

    @api.model
    def _of_correlation(self, correlation_ids):
        """:return: list of the records that carry one of the ids"""
        keys = []
        for model in self.env["finance.trace.source"]._all():
            field = self.env[model]._fields.get("correlation_id")
            if field is not None and field.store:
                # sudo: shown as far as the reader may see them
                found = self.env[model].sudo().search([("correlation_id", "in", list(correlation_ids))], limit=FEW + 1)
                keys += [(model, res_id) for res_id in found.ids]
        return keys

    # -- who may see what ----------------------------------------------------------------------

    @api.model
    def _sort_out(self, keys):
        """:return: dict model -> records that the reader may read, and the list of the other keys"""
        by_model = defaultdict(list)
        for model, res_id in keys:
            by_model[model].append(res_id)
        allowed, hidden = {}, []
        for model, ids in by_model.items():
            records = self.env[model].browse(ids).exists()
            seen = records._filtered_access("read")
            if seen:
                allowed[model] = seen
            hidden += [(model, res_id) for res_id in (records - seen).ids]
        return allowed, hidden

    @api.model
    def _correlations(self, allowed):
        found = set()
        for records in allowed.values():
            if "correlation_id" in records._fields:
                found.update(filter(None, records.mapped("correlation_id")))
        return found

    # -- search --------------------------------------------------------------------------------

    @api.model
    def _search_reference(self, text):
        """:return: list of records that a reference names, as far as the reader may see them"""
        self._check_reader()
        text = (text or "").strip()
        sources = self.env["finance.trace.source"]._all()
        found = {}
        for model, source in sources.items():
            if text and self.env[model].has_access("read"):
                for record in source._find(model, text):
                    found[self._alias(model, record.id)] = None
        for key in self._by_external_id(text, sources):
            found[key] = None
        allowed, _hidden = self._sort_out(found)
        return [record for records in allowed.values() for record in records]

    @api.model
    def _by_external_id(self, text, sources):
        references = self.env["finance.external.reference"]
        if not text or not references.has_access("read"):
            return []
        found = references.search(Domain("external_id", "=", text), limit=10)
        return [self._alias(one.res_model, one.res_id) for one in found if one.res_model in sources]
