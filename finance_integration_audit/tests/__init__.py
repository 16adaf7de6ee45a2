from . import test_metric_rollup
