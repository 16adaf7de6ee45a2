from contextlib import contextmanager

from odoo import api, models


class FinanceAdapter(models.AbstractModel):
    """What adapters of consolidation platforms implement; see ``targets/contract.py``."""

    _inherit = "finance.adapter"

    @api.model
    def _capabilities(self):
        return super()._capabilities() | {"consolidation": ("_consolidation_writer", "_consolidation_platform")}

    @api.model
    def _consolidation_writer(self):
        """:return: the :class:`~..targets.contract.Writer` of this platform's file"""
        raise NotImplementedError(self._name)

    @api.model
    @contextmanager
    def _consolidation_platform(self, connection, job):
        """Give a line to the platform for one step of a delivery.

        :param job: :class:`~..targets.contract.Job`
        :return: context manager of a :class:`~..targets.contract.Platform`
        """
        raise NotImplementedError(self._name)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    def _consolidation_adapter(self):
        """:return: the adapter that delivers packages over this connection: that of a platform, or, where files are
        delivered, the one of the neutral file; None: it delivers none"""
        self.ensure_one()
        adapter = self.sudo()._adapter()  # sudo: which adapter a connection has is no secret
        if "consolidation" in adapter._supports:
            return adapter
        return self.env["finance.consolidation.files"] if "send_files" in adapter._supports else None
