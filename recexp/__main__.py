"""`python -m recexp`."""

import os
import sys

sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]  # where Python put it first; see `cli`

from recexp.cli import main  # noqa: E402

sys.exit(main())
