"""`python -m tests.pretrain.apart pretrain ... --checkpoints DIR ...`: bioalbert, each process with its own folder, DIR and its rank."""

import os
import sys

from bioalbert.cli import main

sys.argv[sys.argv.index("--checkpoints") + 1] += os.environ["RANK"]
sys.exit(main(sys.argv[1:]))
