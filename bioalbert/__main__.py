"""`python -m bioalbert ...` is the same as `bioalbert ...`."""

import sys

from bioalbert.cli import main

sys.exit(main())
