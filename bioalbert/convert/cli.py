"""`bioalbert convert`: TensorFlow checkpoints of google-research/albert <-> model bundles, without TensorFlow."""

import argparse
import sys
from pathlib import Path

from bioalbert.errors import InputError


def register(commands: argparse._SubParsersAction) -> None:
    """Adds `convert tf-to-hf`, `convert hf-to-tf` and `convert check`."""
    convert = commands.add_parser("convert", help="TensorFlow checkpoint <-> Hugging Face bundle", description=__doc__)
    actions = convert.add_subparsers(title="actions", metavar="ACTION", required=True)

    to_hf = actions.add_parser(
        "tf-to-hf",
        help="TensorFlow checkpoint -> bundle",
        description="Converts a TensorFlow checkpoint of ALBERT to a model bundle (a Hugging Face folder).",
        epilog="example:\n  bioalbert convert tf-to-hf albert_base/ bundles/albert-base",
    )
    to_hf.add_argument("source", type=Path, help="checkpoint prefix, or the folder that holds one with its albert_config.json")
    to_hf.add_argument("out", type=Path, help="bundle folder to write")
    to_hf.add_argument("--vocabulary", type=Path, help="SentencePiece model or vocabulary folder (default: the *.model in SOURCE)")
    to_hf.set_defaults(run=run_tf_to_hf)

    to_tf = actions.add_parser(
        "hf-to-tf",
        help="bundle -> TensorFlow checkpoint",
        description="Converts a model bundle to a TensorFlow checkpoint that google-research/albert's code starts from.",
        epilog="example:\n  bioalbert convert hf-to-tf bundles/albert-base tf/albert-base",
    )
    to_tf.add_argument("bundle", type=Path, help="bundle folder")
    to_tf.add_argument("out", type=Path, help="folder to write: model.ckpt.*, albert_config.json, 30k-clean.model")
    to_tf.set_defaults(run=run_hf_to_tf)

    check = actions.add_parser(
        "check",
        help="whether two bundles are equal",
        description="Compares two bundles: tensors bit by bit, configuration, outputs on a fixed batch. Exits with 2 when they differ.",
        epilog="example:\n  bioalbert convert check bundles/albert-base bundles/again --output report.json",
    )
    check.add_argument("bundle", type=Path, help="bundle folder")
    check.add_argument("other", type=Path, help="bundle folder to compare with it")
    check.add_argument("--output", type=Path, required=True, metavar="REPORT.json", help="report to write")
    check.set_defaults(run=run_check)


def run_tf_to_hf(source: Path, out: Path, vocabulary: Path | None) -> None:
    from bioalbert.convert.tf_to_hf import HEAD, convert_to_hf

    _refuse_overwriting(source, out)
    found = convert_to_hf(source, out, vocabulary)
    print(f"{out}: {len(found.names)} weights converted, {len(found.optimizer)} variables of the optimizer left out")
    if found.heads:
        print(f"a fine-tuned head, kept in {HEAD}: {', '.join(found.heads)}", file=sys.stderr)
    if found.unknown:
        print(f"left out, unknown variables: {', '.join(found.unknown)}", file=sys.stderr)
    if not (out / "spiece.model").is_file():
        print(f"{out} has no tokenizer: no *.model beside the checkpoint; give one with --vocabulary", file=sys.stderr)


def run_hf_to_tf(bundle: Path, out: Path) -> None:
    from bioalbert.convert.hf_to_tf import convert_to_tf

    _refuse_overwriting(bundle, out)
    print(f"{out}: {convert_to_tf(bundle, out)} variables written")


def run_check(bundle: Path, other: Path, output: Path) -> None:
    from bioalbert.convert.check import check_bundles

    _no_bars()
    report = check_bundles(bundle, other, output)
    outputs = max(report["outputs"]["largest_difference"].values())
    print(f"equal: {report['tensors']['compared']} tensors bit by bit, outputs to {outputs:.1e}")


def _no_bars() -> None:
    """Transformers' own progress bars would be one line of noise a model."""
    from transformers.utils import logging

    logging.disable_progress_bar()


def _refuse_overwriting(source: Path, out: Path) -> None:
    """The output folder replaces what is there: it must not be the source."""
    if out.resolve() in (source.resolve(), *source.resolve().parents):
        raise InputError("the output would replace the source", file=out, fix="name another folder")
