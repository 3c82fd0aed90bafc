"""`python -m tests.pretrain.signalled NUMBER STEP pretrain ...`: bioalbert, which sends itself a signal when STEP updates are done."""

import os
import sys

from bioalbert.cli import main
from bioalbert.pretrain.train import Training

number, at = int(sys.argv[1]), int(sys.argv[2])
train_step = Training.train_step


def step_or_signal(training: Training, stopped: list) -> tuple[dict, bool]:
    if training.step == at:
        os.kill(os.getpid(), number)
    return train_step(training, stopped)


Training.train_step = step_or_signal
sys.exit(main(sys.argv[3:]))
