from . import test_continuity, test_way
from . import test_ledger_bulk
