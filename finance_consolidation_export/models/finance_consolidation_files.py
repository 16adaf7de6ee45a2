from contextlib import contextmanager

from odoo import api, models

from ..targets import neutral_file


class FinanceConsolidationFiles(models.AbstractModel):
    """Packages as neutral files over a connection that delivers files: a folder, a file server.

    No adapter of its own: the connection keeps the one it has.
    """

    _name = "finance.consolidation.files"
    _description = "Packages as Files"

    @api.model
    def _consolidation_writer(self):
        return neutral_file.NeutralFile()

    @api.model
    @contextmanager
    def _consolidation_platform(self, connection, job):
        adapter = connection._adapter()
        flow = connection.flow_ids[:1]

        def send(name, pieces):
            return adapter._send_file(connection, flow, name, pieces)

        def look(name):
            if "fetch" not in adapter._supports:
                return None
            for file in adapter._fetch_files(connection, flow):
                if file.name.rpartition("/")[2] == name:
                    with file.open() as stream:
                        return stream.read(neutral_file.LARGEST)
            return None

        yield neutral_file.ByFiles(job, send, look)
