from odoo import api, models
from odoo.fields import Command, Domain

from ..lineage.drawing import Node

#: hits of one kind of record in a search
HITS = 10


class FinanceTraceSource(models.AbstractModel):
    """What one kind of record adds to a trace (A-02, A-18); ``docs/trace.md`` tells how to add one.

    A source is one file with a model that inherits this one. Links may be found with the rights of the system: the
    trace shows nobody a record that he may not read, and does not go on behind it. Everything else is asked with the
    rights of the reader, for records that he may read.
    """

    _name = "finance.trace.source"
    _description = "Source of a Trace"

    #: names of the models it knows; those that are not installed are passed over
    _traced = ()
    #: column of the graph: 10 source, 20 order, 30 document, 40 payment, 50 file or order of payments, 60 message,
    #: 70 statement, 80 bank line, 90 package
    _stage = 30
    #: fields in which a reference is searched as it is written
    _references = ()

    @api.model
    def _all(self):
        """:return: dict model name -> its source"""
        names = self.env.registry.descendants(["finance.trace.source"], "_inherit") - {"finance.trace.source"}
        return {
            traced: self.env[name] for name in sorted(names) for traced in self.env[name]._traced if traced in self.env
        }

    @api.model
    def _bind(self):
        """Put *Trace* into the menu of every kind of record that can be traced; with each update, for what is there."""
        groups = [self.env.ref(name).id for name in self.env["finance.trace"]._readers()]
        for name in self._all():
            model = self.env["ir.model"]._get(name)
            xmlid = f"finance_integration_audit.finance_trace_bind_{name.replace('.', '_')}"
            self.env["ir.actions.server"]._load_records(
                [
                    {
                        "xml_id": xmlid,
                        "values": {
                            "name": "Trace",
                            "model_id": model.id,
                            "binding_model_id": model.id,
                            "binding_view_types": "form,list",
                            "state": "code",
                            "code": "action = env['finance.trace']._action(record)",
                            "group_ids": [Command.set(groups)],
                        },
                        "noupdate": False,
                    }
                ]
            )

    @api.model
    def _links(self, records):
        """:param records: with the rights of the system
        :return: iterable of (record, its neighbours as one recordset, whether these are members of a collection)
        """
        return ()

    @api.model
    def _back(self, records):
        """Find its own records that belong to records of others, so that a trace is the same from either end.

        :param records: of any other model, with the rights of the system
        :return: iterable as that of :meth:`_links`
        """
        return ()

    @api.model
    def _hops(self, records):
        """:return: iterable of :class:`~..lineage.hops.Hop`"""
        return ()

    @api.model
    def _gaps(self, records):
        """:return: iterable of :class:`~..lineage.hops.Gap`: what should follow and has not"""
        return ()

    @api.model
    def _node(self, record):
        """:return: the box of a record in the graph"""
        return Node(
            key=(record._name, record.id),
            title=record.display_name or "",
            kind=self._kind(record._name),
            stage=self._stage,
            state=self._state(record),
            tone=self._tone(record),
        )

    @api.model
    def _kind(self, model):
        """:return: what people call such a record"""
        return self.env["ir.model"]._get(model).name

    @api.model
    def _state(self, record):
        """:return: the state in words"""
        return self._label(record, "state") if "state" in record._fields else ""

    @api.model
    def _tone(self, record):
        """:return: one of the tones of :mod:`~..lineage.hops`"""
        return "plain"

    @api.model
    def _find(self, model, text):
        """:return: records that a reference names, as far as the reader may see them"""
        domain = Domain.OR(Domain(name, "=", text) for name in self._references if self._is_searched(model, name))
        return self.env[model].search(domain, limit=HITS) if domain else self.env[model]

    @api.model
    def _aside(self, keys, correlation_ids):
        """Tell what is no record of the graph and happened to it, e.g. what was told to others.

        :param keys: set of (model, id) that the reader may see
        :return: iterable of :class:`~..lineage.hops.Hop`
        """
        return ()

    # -- what sources share --------------------------------------------------------------------

    @api.model
    def _pointing(self, model, name, records):
        """:return: iterable of (record, records of ``model`` whose field ``name`` is that record, False)"""
        # sudo: shown as far as the reader may see them
        found = self.env[model].sudo().search([(name, "in", records.ids)])
        for record in records:
            mine = found.filtered(lambda one, record=record: record in one[name])
            if mine:
                yield record, mine, False

    @api.model
    def _is_searched(self, model, name):
        field = self.env[model]._fields.get(name.split(".")[0])
        return field is not None and self.env[model]._has_field_access(field, "read")

    @api.model
    def _label(self, record, name):
        """:return: the value of a selection in words"""
        selection = dict(record._fields[name]._description_selection(self.env))
        return selection.get(record[name], "")

    @api.model
    def _here(self, company):
        return self.env._("Odoo, %s", company.name) if company else "Odoo"
