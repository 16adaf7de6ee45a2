from . import (
    test_access_review,
    test_metric_rollup,
    test_trace,
    test_trail_entries,
)
