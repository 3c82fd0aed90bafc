"""One line an error, with the place and the fix."""

import pytest

from bioalbert.errors import InputError, nearest, no_such_file


def test_the_line_names_file_place_problem_and_fix():
    error = InputError("unknown key", file="run.yaml", place="line 3", fix="delete it")
    assert str(error) == "run.yaml: line 3: unknown key; delete it"
    assert (error.problem, error.file, error.place, error.fix) == ("unknown key", "run.yaml", "line 3", "delete it")


def test_parts_that_are_not_given_leave_no_marks():
    assert str(InputError("it is empty")) == "it is empty"
    assert str(InputError("it is empty", fix="fill it")) == "it is empty; fill it"


def test_a_problem_of_many_lines_becomes_one():
    assert str(InputError("not valid YAML:\n  in line 1\n\tcolumn 2", file="a\nb")) == "a b: not valid YAML: in line 1 column 2"


@pytest.mark.parametrize(
    ("name", "fix"),
    [("lerning_rate", "did you mean learning_rate?"), ("zzz", "choose one of batch_size, epochs, learning_rate")],
)
def test_nearest_names(name, fix):
    assert nearest(name, ["learning_rate", "epochs", "batch_size"]) == fix


def test_nearest_of_several_is_in_order_of_nearness():
    assert nearest("bc5cdr", ["bc5cdr-disease", "bc5cdr-chem", "gad"]) == "did you mean bc5cdr-chem or bc5cdr-disease?"


def test_an_absent_file_comes_with_what_is_there(tmp_path):
    (tmp_path / "golden.json").touch()
    assert str(no_such_file(tmp_path / "goldne.json")).endswith("goldne.json: no such file; did you mean golden.json?")
    assert str(no_such_file(tmp_path / "x")).endswith(f"no name in {tmp_path} is like it; check the path")
    assert str(no_such_file(tmp_path / "a/b.json")).endswith(f"there is no folder {tmp_path}/a either; check the path")
