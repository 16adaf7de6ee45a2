from . import test_access_review
from . import test_metric_rollup
from . import (
    test_trail_entries,
)
