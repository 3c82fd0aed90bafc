"""Rows, targets and predictions of the tasks over whole texts and pairs."""

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from bioalbert.catalogue.entries import load, names
from bioalbert.finetune.encoder import load_tokenizer, new_head
from bioalbert.finetune.examples import Labelled, Relation, Scored
from bioalbert.finetune.settings import TASK_DEFAULTS, FinetuneSettings
from bioalbert.finetune.tasks import CLASSES, find
from bioalbert.finetune.tasks.classification import MultiLabel
from bioalbert.finetune.tasks.re import Classification
from bioalbert.finetune.tasks.similarity import Regression
from bioalbert.finetune.tasks.texts import MARKER, nearest_pieces, shares
from bioalbert.vocabulary.tokenizer import write_tokenizer


@pytest.fixture(scope="module")
def tokenizer(bundle):
    return load_tokenizer(bundle, 16)


def test_every_task_of_the_catalogue_has_a_class_and_defaults() -> None:
    tasks = {load(name).task for name in names("dataset")}
    assert tasks == set(CLASSES) == set(TASK_DEFAULTS)
    assert len({find(task) for task in tasks}) == 6  # relations and inference are one


def test_a_long_text_keeps_the_pieces_around_its_markers():
    assert nearest_pieces(5, [], 9) == [0, 1, 2, 3, 4]
    assert nearest_pieces(9, [], 3) == [0, 1, 2]
    assert nearest_pieces(100, [50, 53], 8) == [48, 49, 50, 51, 52, 53, 54, 55]
    assert nearest_pieces(100, [98], 4) == [96, 97, 98, 99]
    assert nearest_pieces(100, [10, 90], 6) == [9, 10, 11, 89, 90, 91]  # no one window holds both


def test_markers_survive_any_length_of_text(tokenizer):
    task = Classification(tokenizer, FinetuneSettings(max_length=48), ("0", "1"))
    for before in range(0, 60, 7):
        text = "gene " * before + "@GENE$ causes @DISEASE$ " + "protein " * 40
        (row,), lost = task.rows([Relation("0", text, "1")])
        assert holds(row.ids, pieces(tokenizer, "@GENE$"))
        assert len(row.ids) == 48 and lost == {"texts_cut": 1, "markers_cut": 0, "marker_pieces_unknown": 0}


def pieces(tokenizer, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def holds(ids: list[int], part: list[int]) -> bool:
    return any(ids[start : start + len(part)] == part for start in range(len(ids)))


def test_markers_that_no_window_holds_both_stay_with_what_is_around_them(tokenizer):
    between = " protein" * 450
    text = f"the study shows @GENE$ causes{between} lowers @DISEASE$ in a mouse" + " cell" * 100
    assert len(pieces(tokenizer, between)) >= 400
    task = Classification(tokenizer, FinetuneSettings(max_length=64), ("0", "1"))
    (row,), lost = task.rows([Relation("0", text, "1")])
    assert len(row.ids) == 64 and lost["texts_cut"] == 1 and lost["markers_cut"] == 0
    assert holds(row.ids, pieces(tokenizer, "@GENE$ causes")) and holds(row.ids, pieces(tokenizer, "lowers @DISEASE$ in"))


def test_more_markers_than_a_row_has_room_for_are_counted(tokenizer):
    task = Classification(tokenizer, FinetuneSettings(max_length=16), ("0", "1"))
    rows, lost = task.rows([Relation("0", "@GENE$ " * 20, "1"), Relation("1", "@GENE$ causes", "1")])
    assert [len(row.ids) <= 16 for row in rows] == [True, True] and lost["markers_cut"] == 1


def test_pieces_of_markers_that_the_vocabulary_lacks_are_counted(tokenizer):
    task = Classification(tokenizer, FinetuneSettings(max_length=32), ("0", "1"))
    text = "@gene€1$ causes ☃ @GENE$"  # neither the letter-like 1 nor the snowman were in the vocabulary's text
    _, lost = task.rows([Relation("0", text, "1")])
    marked = [match[0] for match in MARKER.finditer(text)]
    assert marked == ["@gene€1$", "@GENE$"]
    assert lost["marker_pieces_unknown"] == sum(pieces(tokenizer, mark).count(tokenizer.unk_token_id) for mark in marked) > 0


def test_a_pair_is_cut_from_the_longer_text(tokenizer):
    assert shares([3, 4], 10) == [3, 4]
    assert shares([30, 4], 10) == [6, 4]
    assert shares([4, 30], 10) == [4, 6]
    assert shares([30, 30], 9) == [5, 4]
    for example in (Relation("0", "gene " * 30, "0", "cell"), Scored("0", "gene " * 30, "cell", 1.0)):
        (row,), lost = Classification(tokenizer, FinetuneSettings(max_length=16), ("0",)).rows([example])
        assert len(row.ids) == 16 and set(row.types) == {0, 1} and lost["texts_cut"] == 1


TASKS = {
    "inference": (Classification, ("yes", "no", "maybe"), [Relation(str(i), "a", one, "b") for i, one in enumerate(("no", "maybe"))]),
    "classification": (MultiLabel, ("x", "y", "z"), [Labelled("0", "a", ("x", "z")), Labelled("1", "gene", ())]),
    "similarity": (Regression, (), [Scored("0", "a", "b", 3.5), Scored("1", "gene", "cell", 0.25)]),
}
TARGETS = {
    "inference": torch.tensor([1, 2]),
    "classification": torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
    "similarity": torch.tensor([3.5, 0.25]),
}
LOSSES = {
    "inference": torch.nn.functional.cross_entropy,
    "classification": torch.nn.functional.binary_cross_entropy_with_logits,
    "similarity": lambda logits, scores: torch.nn.functional.mse_loss(logits[:, 0], scores),
}


@pytest.mark.parametrize("name", TASKS)
def test_targets_and_the_loss_that_they_stand_for(bundle, tokenizer, name):
    kind, labels, examples = TASKS[name]
    task = kind(tokenizer, FinetuneSettings(max_length=16), labels)
    rows, _ = task.training_rows(examples)
    targets = task.targets(rows, 16)["labels"]
    assert targets.dtype == TARGETS[name].dtype and targets.equal(TARGETS[name])
    model = new_head(bundle, task.head, task.labels, 0.0, 1)
    ids = torch.tensor([row.ids + [task.pad] * (16 - len(row.ids)) for row in rows])
    output = model(input_ids=ids, labels=targets.to(model.device))
    assert output.logits.shape == (2, max(1, len(labels)))
    assert output.loss.item() == pytest.approx(LOSSES[name](output.logits, targets).item())


@pytest.mark.parametrize(
    ("name", "logits", "wanted"),
    [
        ("inference", [[0.1, 0.3, 0.2], [-1, -2, -3]], ["no", "yes"]),
        ("classification", [[0.1, -0.1, 5.0], [-3.0, 0.0, -0.2]], [("x", "z"), ()]),
        ("similarity", [[3.123456], [-0.2]], [3.1235, -0.2]),
    ],
)
def test_logits_to_predictions_in_the_order_of_the_examples(tokenizer, name, logits, wanted):
    kind, labels, examples = TASKS[name]
    task = kind(tokenizer, FinetuneSettings(max_length=16), labels)
    rows, _ = task.rows(examples)
    outputs = [(row, [np.array(values, dtype=np.float32)]) for row, values in zip(rows, logits)]
    assert task.decode(examples, reversed(outputs)) == wanted


@pytest.mark.parametrize(
    ("predicted", "told"),
    [
        (["yes", "yes"], "every prediction is yes"),
        ([(), ()], "every prediction is no label"),
        ([("x", "y")] * 3, "every prediction is x;y"),
        ([2.5, 2.5], "every prediction is 2.5"),
        ([2.5, 2.5001], None),
        (["yes"], None),
    ],
)
def test_one_answer_to_everything_is_a_problem(predicted, told):
    assert Classification.problem(predicted) == told


def test_the_figure_that_counts():
    assert Classification.main_score({"accuracy": 0.9, "macro_f1": 0.1}) == 0.9
    assert Classification.main_score({"f1": 0.4, "micro_f1": 0.1}) == 0.4
    assert Regression.main_score({"pearson": 0.0, "spearman": 0.1}) == 0.0


MARKERS = [
    ("@GENE$", "@DISEASE$"),
    ("@GENE$", "@CHEMICAL$", "@CHEM-GENE$"),
    ("@drug$", "@brand$", "@group$", "@drug_n$", "@drug-drug$"),
    ("@problem$", "@test$", "@treatment$"),
]


@pytest.mark.parametrize("markers", MARKERS)
def test_markers_stay_different_in_googles_vocabulary_though_it_lacks_their_signs(mirror, tmp_path, markers):
    """ALBERT's vocabulary has no `@` and no `_`."""
    (model,) = mirror.glob("raw.githubusercontent.com/Adapter-Hub/*/*/tests/fixtures/spiece.model")
    write_tokenizer(model, tmp_path, cased=False)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    found = {tuple(pieces(tokenizer, marker)) for marker in markers}
    assert len(found) == len(markers) and all(tokenizer.unk_token_id in one for one in found)
