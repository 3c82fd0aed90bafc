"""`bioalbert pretrain`."""

import argparse
from pathlib import Path

EPILOG = """example:
  bioalbert pretrain --config run.yaml --output results/bundles/mine --checkpoints results/checkpoints/mine
  torchrun --nproc-per-node 8 -m bioalbert pretrain --config run.yaml --output BUNDLE --checkpoints DIR

run.yaml:
  name: mine
  vocabulary: results/vocabulary     # a folder made by `bioalbert vocabulary`
  tokens: results/tokens             # a store made by `bioalbert tokens` with that vocabulary
  initial: null                      # a bundle to go on from; null: from scratch
  architecture: {layers: 4, hidden_size: 256, heads: 4, intermediate_size: 1024}
  recipe: {steps: 1000, batch_size: 64, sequence_length: 128, warmup_steps: 100}
  snapshots: [250, 500]              # their weights too: BUNDLE/snapshots/mine-step250 and -step500, bundles like any other
"""


def register(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "pretrain",
        help="train an ALBERT (masked words and sentence order) on a token store",
        description="Trains an ALBERT on a token store. The same command goes on from the newest checkpoint after any stop.",
        epilog=EPILOG,
    )
    command.add_argument("--config", type=Path, required=True, metavar="RUN.yaml", help="what to train, on what, how")
    command.add_argument("--output", type=Path, required=True, metavar="BUNDLE", help="folder of the finished model")
    command.add_argument("--checkpoints", type=Path, required=True, metavar="DIR", help="folder of step checkpoints and log.jsonl")
    command.add_argument(
        "--per-run", action="store_true", help="keep them in a folder of their own below DIR, named by all that the run's weights depend on"
    )
    command.add_argument(
        "--fresh", action="store_true", help="delete what the folder of checkpoints holds, of whatever run, and start over"
    )
    command.set_defaults(run=run_pretrain)


def run_pretrain(config: Path, output: Path, checkpoints: Path, per_run: bool, fresh: bool) -> None:
    from bioalbert.pretrain.train import pretrain

    pretrain(config, output, checkpoints, per_run, fresh)
