import os
import signal
from pathlib import Path

from odoo import models


class FinanceDispatcher(models.AbstractModel):
    """Kills the process at a named place, as often as the environment says.

    ``FINANCE_CRASH_AT`` names the place, ``FINANCE_CRASH_TICKETS`` a folder: each file in it
    is worth one kill and is removed by it, so a restarted worker goes on. ``FINANCE_CRASH_SIGNAL`` names another
    signal: ``SIGSTOP`` freezes it, and it goes on later without knowing.
    """

    _inherit = "finance.dispatcher"

    def _at(self, point):
        super()._at(point)
        if os.environ.get("FINANCE_CRASH_AT") != point:
            return
        for ticket in sorted(Path(os.environ["FINANCE_CRASH_TICKETS"]).iterdir()):
            try:
                ticket.unlink()
            except FileNotFoundError:
                continue
            os.kill(os.getpid(), signal.Signals[os.environ.get("FINANCE_CRASH_SIGNAL", "SIGKILL")])
            return
