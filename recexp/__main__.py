"""`python -m recexp`."""

import sys

from recexp.cli import main

sys.exit(main())
