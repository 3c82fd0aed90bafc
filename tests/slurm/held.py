"""`python -m tests.slurm.held pretrain ...`: bioalbert; its training holds after five steps until a SIGTERM, or the file `hold` is gone."""

import sys
import time
from pathlib import Path

from bioalbert.cli import main
from bioalbert.pretrain.train import Training

train_step = Training.train_step


def held_step(training: Training, ahead: object, stopped: list) -> tuple[dict, bool, bool]:
    while training.step == 5 and not stopped and Path("hold").exists():
        time.sleep(0.1)
    return train_step(training, ahead, stopped)


Training.train_step = held_step
sys.exit(main(sys.argv[1:]))
