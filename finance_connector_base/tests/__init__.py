from . import (
    test_checkpoint,
    test_connection,
    test_exceptions,
    test_external_reference,
    test_mapping,
    test_payload,
    test_queue_enqueue,
    test_queue_limits,
    test_queue_order,
    test_queue_outcomes,
    test_recovery,
    test_secret,
)
