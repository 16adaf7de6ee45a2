from . import test_orca
