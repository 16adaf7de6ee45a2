from . import (
    test_consolidation_access,
    test_consolidation_balances,
    test_consolidation_between,
    test_consolidation_layout,
    test_consolidation_package,
    test_consolidation_received,
    test_warehouse,
    test_target_fccs,
    test_targets,
)
from . import test_close_calendar
from . import test_statutory
