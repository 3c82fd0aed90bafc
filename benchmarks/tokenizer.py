"""ALBERT's tokenizers on the same sentences: how many differ from Google's rule, and pieces a second on one thread.

    python -m benchmarks.tokenizer VOCABULARY SHARD...         # transformers' own class only where `protobuf` is installed

Google's rule is the Encoder's (tests/vocabulary/test_agreement.py). The peer is transformers' AlbertTokenizer on the same spiece.model.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bioalbert.corpus.documents import read_documents
from bioalbert.vocabulary.folder import read_vocabulary
from bioalbert.vocabulary.sample import Sample

os.environ |= {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vocabulary", type=Path, help="a vocabulary folder")
    parser.add_argument("shards", nargs="+", type=Path, help="document shards")
    parser.add_argument("--sentences", type=int, default=20_000, help="random sample of them (default: %(default)s)")
    arguments = parser.parse_args()
    sample = Sample(arguments.sentences)
    for document in read_documents(arguments.shards):
        sample.add(document)
    texts = sample.sentences()
    vocabulary, encoder = read_vocabulary(arguments.vocabulary)
    expected = tell("Encoder (SentencePiece)", encoder.encode_all, texts)
    tell("tokenizer.json (AutoTokenizer)", as_it_loads(arguments.vocabulary), texts, expected)
    try:
        tell("AlbertTokenizer of transformers", transformers_own(arguments.vocabulary, vocabulary.cased), texts, expected)
    except ImportError:
        print("AlbertTokenizer of transformers: left out, it needs protobuf (pip install protobuf)")


def as_it_loads(folder: Path) -> Callable:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    return lambda texts: tokenizer(texts, add_special_tokens=False, split_special_tokens=True, verbose=False)["input_ids"]


def transformers_own(folder: Path, cased: bool) -> Callable:
    """The class as users meet it: from the folder of a checkpoint that holds spiece.model alone."""
    from transformers import AlbertTokenizer

    with tempfile.TemporaryDirectory() as bare:
        (Path(bare) / "spiece.model").symlink_to((folder / "spiece.model").resolve())
        tokenizer = AlbertTokenizer.from_pretrained(bare, do_lower_case=not cased)
    return lambda texts: tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]


def tell(label: str, encode: Callable, texts: list[str], expected: list[list[int]] | None = None) -> list[list[int]]:
    start = time.process_time()
    found = encode(texts)
    seconds = time.process_time() - start
    rate = f"{sum(map(len, found)) / seconds / 1e6:.2f} M pieces/s, {len(texts) / seconds:,.0f} sentences/s"
    differing = sum(ours != theirs for ours, theirs in zip(found, expected or found))
    print(f"{label}: {rate}, {differing} of {len(texts)} sentences differ ({100 * differing / len(texts):.2f} %)", flush=True)
    return found


if __name__ == "__main__":
    main()
