from . import (
    test_access_review,
    test_metric_dashboard,
    test_metric_rollup,
    test_monitoring,
    test_trace,
    test_trail_anchors,
    test_trail_attacks,
    test_trail_entries,
    test_trail_evidence,
    test_trail_sealer,
)
from . import test_alerts
