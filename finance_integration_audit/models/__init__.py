from . import (
    finance_metric_mark,
    finance_metric_rollup,
    finance_metric_sample,
    finance_metric_source,
    finance_metric_source_attempts,
    finance_metric_source_queue,
    finance_audit,
    finance_audit_entry,
)
