from . import test_queue_enqueue
