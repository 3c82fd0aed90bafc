"""Data classes from YAML and --set: every key, type and range is checked."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from bioalbert.errors import InputError
from bioalbert.settings import about, assigned, assignments, described, fill, load, load_yaml, override


@dataclass(frozen=True)
class Schedule:
    warmup: float = field(default=0.1, metadata=about("share of the steps", ge=0, lt=1))
    shape: Literal["linear", "constant"] = "linear"


@dataclass(frozen=True)
class Recipe:
    steps: int = field(metadata=about("training steps", gt=0))
    learning_rate: float = field(default=1e-3, metadata=about("at the top of the schedule", gt=0, le=1))
    seed: int | None = None
    cased: bool = False
    name: str = ""
    files: tuple[str, ...] = ()
    schedule: Schedule = field(default_factory=Schedule)


def refusal(values: object) -> str:
    with pytest.raises(InputError) as caught:
        fill(Recipe, values, file="run.yaml", place="pretrain")
    return str(caught.value)


def test_defaults_and_values():
    assert fill(Recipe, {"steps": 3}) == Recipe(3)
    values = {"steps": 3, "seed": 0, "cased": True, "name": "x", "files": ["a", "b"], "learning_rate": 1}
    filled = fill(Recipe, values)
    assert filled == Recipe(3, 1.0, 0, True, "x", ("a", "b"))
    assert type(filled.learning_rate) is float


@pytest.mark.parametrize(
    ("text", "number"), [("1e-5", 1e-5), ("2.5e-1", 0.25), ("1E-2", 0.01), ("+5.e-1", 0.5), (".5e0", 0.5), ("0.25e+0", 0.25)]
)
def test_exponents_are_numbers(text, number):
    assert fill(Recipe, {"steps": 1, "learning_rate": text}).learning_rate == number
    assert override(Recipe(1), [f"learning_rate={text}"]).learning_rate == number


@pytest.mark.parametrize("text", ["1e", "e5", "1e-5x", "fast", ".e1"])
def test_other_text_is_no_number(text):
    assert refusal({"steps": 1, "learning_rate": text}) == f"run.yaml: pretrain.learning_rate: expected a number, got {text!r}"


def test_null_only_where_it_may_stand():
    assert fill(Recipe, {"steps": 1, "seed": None}).seed is None
    assert refusal({"steps": None}) == "run.yaml: pretrain.steps: expected a whole number, got None"


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"steps": 1, "lerning_rate": 1}, "pretrain.lerning_rate: unknown key; did you mean learning_rate?"),
        ({"steps": 1, 7: 1}, "pretrain.7: unknown key; choose one of cased, files, learning_rate, name, schedule, seed, steps"),
        ({"learning_rate": 1}, "pretrain: the key 'steps' is missing; training steps"),
        ({"steps": 1.5}, "pretrain.steps: expected a whole number, got 1.5"),
        ({"steps": True}, "pretrain.steps: expected a whole number, got True"),
        ({"steps": 1, "cased": 1}, "pretrain.cased: expected true or false, got 1"),
        ({"steps": 1, "cased": "yes"}, "pretrain.cased: expected true or false, got 'yes'"),
        ({"steps": 1, "learning_rate": True}, "pretrain.learning_rate: expected a number, got True"),
        ({"steps": 1, "name": 5}, "pretrain.name: expected text, got 5"),
        ({"steps": 1, "seed": "one"}, "pretrain.seed: expected a whole number or null, got 'one'"),
        ({"steps": 0}, "pretrain.steps: 0 must be greater than 0"),
        ({"steps": 1, "learning_rate": 2}, "pretrain.learning_rate: 2 must be at most 1"),
        ({"steps": 1, "schedule": {"warmup": 1}}, "pretrain.schedule.warmup: 1 must be less than 1"),
        ({"steps": 1, "schedule": {"warmup": -0.5}}, "pretrain.schedule.warmup: -0.5 must be at least 0"),
        ({"steps": 1, "schedule": {"wormup": 1}}, "pretrain.schedule.wormup: unknown key; did you mean warmup?"),
        ({"steps": 1, "schedule": {"shape": "round"}}, "pretrain.schedule.shape: expected one of linear, constant, got 'round'"),
        ({"steps": 1, "schedule": 3}, "pretrain.schedule: expected a mapping of keys, got 3"),
        ([1], "pretrain: expected a mapping of keys, got [1]"),
    ],
)
def test_what_is_refused(values, line):
    assert refusal(values) == f"run.yaml: {line}"


def test_a_nested_class_is_filled():
    assert fill(Recipe, {"steps": 1, "schedule": {"shape": "constant"}}).schedule == Schedule(0.1, "constant")


def test_what_is_described_and_written():
    @dataclass(frozen=True)
    class Short:
        rate: float = field(default=1e-3, metadata=about("the rate", gt=0, le=1))
        seed: int | None = field(default=None, metadata=about("the seed"))

    assert list(described(Short)) == [("rate", "the rate [0.001, greater than 0, at most 1]"), ("seed", "the seed [null]")]
    values = {"steps": 5, "seed": None, "learning_rate": 0.5, "name": "x"}
    assert assigned(assignments(values).split(), place="") == values


def test_overrides_keep_the_rest():
    before = Recipe(3, name="kept")
    after = override(before, ["steps=5", "seed=null", "cased=true", "files=[a, b]"])
    assert after == Recipe(5, name="kept", cased=True, files=("a", "b"))
    assert before == Recipe(3, name="kept")


@pytest.mark.parametrize(
    ("assignment", "line"),
    [
        ("steps", "--set: 'steps' is not key=value"),
        ("stepz=1", "--set.stepz: unknown key; did you mean steps?"),
        ("steps=0", "--set.steps: 0 must be greater than 0"),
        ("files=[a", "--set files: '[a' is not a YAML value"),
    ],
)
def test_overrides_that_are_refused(assignment, line):
    with pytest.raises(InputError) as caught:
        override(Recipe(1), [assignment])
    assert str(caught.value) == line


def test_from_a_file(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("steps: 7\nlearning_rate: 1e-5\n")
    assert load(Recipe, file) == Recipe(7, 1e-5)
    file.write_text("steps: [7\n")
    with pytest.raises(InputError, match=r"run\.yaml: not valid YAML") as caught:
        load(Recipe, file)
    assert "\n" not in str(caught.value)
    file.write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"run\.yaml: not valid YAML \(maximum recursion depth"):
        load(Recipe, file)
    with pytest.raises(InputError, match=r"none\.yaml: no such file"):
        load(Recipe, tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("steps: 7\nname: x\nsteps: 8\n", "line 3: the key 'steps' stands there twice; it is on line 1 too"),
        ("steps: 7\nschedule:\n  warmup: 0.1\n  'warmup': 0.2\n", "line 4: the key 'warmup' stands there twice; it is on line 3 too"),
        ("steps: 7\nschedule: {warmup: 0, warmup: 0.5}\n", "line 2: the key 'warmup' stands there twice; it is on line 2 too"),
        ("files: [{1: a, 1: b}]\n", "line 1: the key '1' stands there twice; it is on line 1 too"),
    ],
)
def test_a_key_that_stands_twice_is_refused(tmp_path, text, place):
    (tmp_path / "run.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load(Recipe, tmp_path / "run.yaml")
    assert str(caught.value) == f"{tmp_path}/run.yaml: {place}"


def test_equal_keys_of_different_mappings_and_merged_ones_stay(tmp_path):
    (tmp_path / "run.yaml").write_text("base: &base {a: 1, b: 2}\nmine: &mine {<<: *base, b: 3}\nother: {<<: *mine, a: 4}\n")
    assert load_yaml(tmp_path / "run.yaml") == {"base": {"a": 1, "b": 2}, "mine": {"a": 1, "b": 3}, "other": {"a": 4, "b": 3}}
