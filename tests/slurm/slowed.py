"""`python -m tests.slurm.slowed pretrain ...`: bioalbert, whose training takes a second a step as long as there is a file `slow` here."""

import sys
import time
from pathlib import Path

from bioalbert.cli import main
from bioalbert.pretrain.train import Training

train_step = Training.train_step


def slow_step(*arguments: object) -> tuple[dict, bool, bool]:
    if Path("slow").exists():
        time.sleep(1)
    return train_step(*arguments)


Training.train_step = slow_step
sys.exit(main(sys.argv[1:]))
