from . import test_continuity, test_way
