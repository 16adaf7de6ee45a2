"""Entry point of `python3 tools/suite COMMAND`.

Running a folder puts that folder on sys.path, not its parent; put the parent there so
that the launcher is an ordinary package.
"""

import sys
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036 - an old Python shall hear it in words
    sys.exit("The suite needs Python 3.10 to 3.13; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

HERE = Path(__file__).resolve().parent

sys.path[0] = str(HERE.parent)
sys.pycache_prefix = str(HERE.parent.parent / ".run" / "pycache")

from suite.cli import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
