from odoo import api, fields, models

from ..closing import stages
from .finance_close_period import RUNNING


class FinanceClosePeriod(models.Model):
    """What the cockpit shows: companies and tasks of a close, read in a few queries however many there are (C-13)."""

    _inherit = "finance.close.period"

    @api.model
    def get_cockpit(self, close_id=None):
        """What the cockpit shows of a close.

        :param int close_id: empty: the one that runs, else the latest
        :return: dict with ``closes`` to choose from, the ``close``, its ``columns`` and ``rows`` with ``cells``
        """
        self.check_access("read")
        closes = self.search([("state", "not in", ("draft", "cancelled"))], limit=24)
        close = closes.filtered(lambda one: one.id == close_id) or closes.filtered(lambda one: one.state in RUNNING)[:1]
        close = close or closes[:1]
        labels = dict(self._fields["state"]._description_selection(self.env))
        if not close:
            return {"closes": [], "close": False, "columns": [], "rows": []}
        tasks = self.env["finance.close.task"].search_fetch(
            [("close_id", "=", close.id)],
            ["name", "sequence", "state", "due_at", "owner_id", "entity_id", "is_critical", "template_task_id"],
        )
        columns = {}
        for task in tasks.sorted(lambda task: (task.sequence, task.template_task_id.id)):
            columns.setdefault(self._column(task), task.name)
        return {
            "closes": [{"id": one.id, "name": one.name} for one in closes],
            "close": {
                "id": close.id,
                "name": close.name,
                "state": close.state,
                "label": labels[close.state],
                "readiness": close.readiness,
                "failed": close.failed_count,
                "overdue": close.overdue_count,
                "is_running": close.state in RUNNING,
            },
            "columns": [{"key": key, "name": name} for key, name in columns.items()],
            "rows": self._cockpit_rows(close, tasks),
        }

    def _column(self, task):
        return str(task.template_task_id.id or task.name)

    def _cockpit_rows(self, close, tasks):
        labels = dict(tasks._fields["state"]._description_selection(self.env))
        status = self.env["finance.close.status"].search([("close_id", "=", close.id)])
        stage_labels = dict(status._fields["stage"]._description_selection(self.env))
        cells = {}
        for task in tasks:
            late = task.is_overdue
            cells.setdefault(task.entity_id.id, {})[self._column(task)] = {
                "id": task.id,
                "state": task.state,
                "label": labels[task.state],
                "is_overdue": late,
                "is_critical": task.is_critical and task.state not in stages.FINISHED,
                # sudo: the name of a colleague in another company
                "owner": task.sudo().owner_id.name or "",
                "due": fields.Datetime.to_string(task.due_at),
            }
        return [
            {
                "id": row.id,
                "name": row.name,
                "readiness": row.readiness,
                "stage": stage_labels[row.stage],
                "cells": cells.get(row.entity_id.id, {}),
            }
            for row in status.sorted(lambda row: (not row.entity_id, row.name))
        ]

    def action_view_cockpit(self):
        """Open the cockpit of this close."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.client"]._for_xml_id("finance_consolidation_export.finance_close_cockpit_action")
        return {**action, "params": {"close_id": self.id}}
