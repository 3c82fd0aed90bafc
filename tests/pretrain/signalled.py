"""`python -m tests.pretrain.signalled NUMBER WHERE STEP pretrain ...`: bioalbert, which sends itself a signal.

WHERE: "step", when STEP updates are done; "save" ("snapshot"), in the middle of writing the checkpoint (the snapshot) of STEP.
"""

import os
import sys

import torch

from bioalbert.cli import main
from bioalbert.pretrain.train import Training

number, where, at = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
train_step, save = Training.train_step, torch.save


def step_or_signal(training: Training, *arguments: object) -> tuple[dict, bool, bool]:
    if where == "step" and training.step == at:
        os.kill(os.getpid(), number)
    return train_step(training, *arguments)


def save_or_signal(state: dict, file: object) -> None:
    save(state, file)
    if where == ("save" if "optimizer" in state else "snapshot") and state["step"] == at:
        os.truncate(file, os.stat(file).st_size // 2)
        os.kill(os.getpid(), number)


Training.train_step, torch.save = step_or_signal, save_or_signal
sys.exit(main(sys.argv[4:]))
