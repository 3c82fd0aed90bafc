"""Where results come from: the record beside them and the digest of the code."""

import json
import platform
import sys
from datetime import datetime
from pathlib import Path

import pytest

from bioalbert import __version__, provenance
from bioalbert.files import digest
from bioalbert.provenance import Provenance, code_digest, digest_of, is_restricted, public, source_digest

PLAIN = """
def double(x):
    return 2 * x
class Shape:
    sides = 4
"""
DECORATED = '''"""A module."""
# A comment.

def double(x):
    """Twice x."""

    return (2
            * x)  # twice


class Shape:
    """A square."""
    sides = 4
'''


def package(root: Path, files: dict[str, str]) -> Path:
    """A package called thing below `root`."""
    for name, code in ({"__init__.py": ""} | files).items():
        path = root / "thing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    return root


@pytest.fixture
def measure(monkeypatch):
    """The digest of modules found below a folder, as a fresh process would see them."""

    def run(root: Path, *modules: str) -> str:
        with monkeypatch.context() as patch:
            patch.syspath_prepend(root)
            code_digest.cache_clear()
            try:
                return code_digest(*(modules or ("thing",)))
            finally:
                code_digest.cache_clear()
                for name in [name for name in sys.modules if name.partition(".")[0] == "thing"]:
                    del sys.modules[name]

    return run


def test_comments_docstrings_and_layout_do_not_count(tmp_path, measure):
    plain, decorated = package(tmp_path / "a", {"shapes.py": PLAIN}), package(tmp_path / "b", {"shapes.py": DECORATED})
    assert measure(plain) == measure(decorated)
    assert measure(plain, "thing.shapes") == measure(decorated, "thing.shapes")


@pytest.mark.parametrize(("old", "new"), [("2 * x", "3 * x"), ("double", "treble"), ("sides = 4", "sides = 5"), ("sides = 4", '"""S."""')])
def test_code_counts(tmp_path, measure, old, new):
    before, after = package(tmp_path / "a", {"shapes.py": PLAIN}), package(tmp_path / "b", {"shapes.py": PLAIN.replace(old, new)})
    assert measure(before) != measure(after)


def test_a_string_that_is_used_counts(tmp_path, measure):
    one, other = (package(tmp_path / text, {"shapes.py": f'def name():\n    return "{text}"\n'}) for text in "ab")
    assert measure(one) != measure(other)


def test_names_and_places_of_files_count(tmp_path, measure):
    found = [
        measure(package(tmp_path / str(number), files))
        for number, files in enumerate([{"a.py": PLAIN}, {"b.py": PLAIN}, {"in/a.py": PLAIN}, {"a.py": "", "b.py": PLAIN}])
    ]
    assert len(set(found)) == 4


def test_only_the_named_modules_count(tmp_path, measure):
    before, after = (package(tmp_path / name, {"a.py": PLAIN, "b.py": code}) for name, code in (("1", ""), ("2", "x = 1")))
    assert measure(before, "thing.a") == measure(after, "thing.a")
    assert measure(before, "thing.a", "thing.b") != measure(after, "thing.a", "thing.b")


def test_an_unknown_module():
    with pytest.raises(ModuleNotFoundError, match="bioalbert_of_mars"):
        code_digest("bioalbert_of_mars")


def record(folder: Path, **arguments) -> dict:
    Provenance(**({"stage": "tokens", "settings": {}, "inputs": []} | arguments)).write(folder)
    return json.loads((folder / "provenance.json").read_text())


def test_every_file_of_the_package_is_in_the_digest_of_the_code(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    (tmp_path / "sets").mkdir()
    found = []
    for name, text in (("a.py", "x = 1"), ("a.py", "x = 1  # one"), ("sets/a.yaml", "x: 1"), ("sets/a.pyc", "x")):
        (tmp_path / name).write_text(text)
        source_digest.cache_clear()
        found.append(source_digest())
    source_digest.cache_clear()
    assert len(set(found[:3])) == 3
    assert found[3] == found[2]


def test_what_the_record_holds(tmp_path):
    source = tmp_path / "a.txt"
    source.write_text("text")
    found = record(tmp_path, settings={"size": 8}, inputs=[source], seed=5)
    assert found["stage"] == "tokens"
    assert found["settings"] == {"size": 8}
    assert found["seed"] == 5
    assert found["inputs"] == {str(source): digest(source)}
    assert found["code"] == {"version": __version__, "digest": source_digest()}
    assert found["command"] == sys.argv
    assert found["packages"]["python"] == platform.python_version()
    assert {"torch", "transformers", "sentencepiece"} <= set(found["packages"])
    assert found["host"]["name"] == platform.node()
    assert found["restricted"] is False
    started, finished = (datetime.fromisoformat(found["host"][key]) for key in ("started", "finished"))
    assert started.tzinfo is not None
    assert started <= finished


def test_only_the_host_differs_between_equal_runs(tmp_path):
    first, second = (record(tmp_path, settings={"size": 8}, seed=1) for _ in range(2))
    assert {key: value for key, value in first.items() if key != "host"} == {key: value for key, value in second.items() if key != "host"}
    assert set(first["host"]) == {"name", "system", "started", "finished", "seconds"}


def test_times_of_parts_stand_beside_the_whole(tmp_path):
    provenance = Provenance("tokens", {}, [])
    provenance.measure(training_seconds=1.2345)
    provenance.write(tmp_path)
    host = json.loads((tmp_path / "provenance.json").read_text())["host"]
    assert host["training_seconds"] == 1.23 and "seconds" in host


def test_the_digest_of_a_folder(tmp_path):
    folder = tmp_path / "bundle"
    (folder / "inner").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "inner" / "weights").write_text("1")

    def now() -> str:
        return record(tmp_path, inputs=[folder])["inputs"][str(folder)]

    seen = [now()]
    (folder / "provenance.json").write_text('{"host": "another"}')
    assert now() == seen[0]  # it differs from run to run
    (folder / "inner" / "weights").write_text("2")
    seen.append(now())
    (folder / "inner" / "weights").rename(folder / "weights")
    seen.append(now())
    (folder / "more").touch()
    seen.append(now())
    assert len(set(seen)) == 4


def test_the_record_of_a_file_lies_beside_it(tmp_path):
    for name in ("part-1.parquet", "part-2.parquet"):
        (tmp_path / name).touch()
    Provenance("corpus", {}, []).write(tmp_path / "part-1.parquet", restricted=True)
    assert json.loads((tmp_path / "part-1.provenance.json").read_text())["stage"] == "corpus"
    assert is_restricted(tmp_path / "part-1.parquet") and not is_restricted(tmp_path / "part-2.parquet")
    assert Provenance("tokens", {}, [tmp_path / "part-1.parquet"]).restricted


def test_the_digest_of_a_folder_passes_over_records_of_its_files(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/part-1.parquet").write_text("1")
    before = digest_of(tmp_path / "in")
    Provenance("corpus", {}, []).write(tmp_path / "in/part-1.parquet")
    assert digest_of(tmp_path / "in") == before


def test_the_digest_of_a_list_is_that_of_its_files(tmp_path):
    def digest_in(folder: str, text: str) -> str:
        (tmp_path / folder).mkdir()
        for name, content in (("a.xml", "a"), ("b.xml", text)):
            (tmp_path / folder / name).write_text(content)
        (tmp_path / folder / "list.txt").write_text("a.xml\nb.xml\n")
        return record(tmp_path, inputs=[Path(f"@{tmp_path}/{folder}/list.txt")])["inputs"][f"@{tmp_path}/{folder}/list.txt"]

    assert digest_in("one", "b") == digest_in("two", "b") != digest_in("three", "c")


def test_the_restricted_mark(tmp_path):
    assert is_restricted(tmp_path) is False
    for mark in (True, False):
        Provenance("corpus", {}, []).write(tmp_path, restricted=mark)
        assert is_restricted(tmp_path) is mark


def test_a_published_record_tells_no_place_of_the_machine_but_all_else():
    inner = {"inputs": {"/home/jane/a/part.parquet": "1", "/home/jane/b/part.parquet": "2", "results/tokens": "3"}, "restricted": False}
    told = public(
        {
            "command": [
                "/home/jane/run.py",
                "card",
                "--corpus",
                "@/home/jane/list.txt",
                "--leaks",
                "mine=/home/jane/leaks.json",
                "../jane/x",
            ],
            "host": {"name": "node17", "system": "Linux", "seconds": 3.5},
            "settings": {"bundle": inner, "name": "a/b", "rate": 0.1, "mirror": "https://example.org/x"},
        }
    )
    assert "jane" not in json.dumps(told)
    assert told == {
        "command": ["run.py", "card", "--corpus", "@list.txt", "--leaks", "mine=leaks.json", "x"],
        "host": {"seconds": 3.5},
        "settings": {
            "bundle": {"inputs": {"part.parquet": "1", "part.parquet (2)": "2", "results/tokens": "3"}, "restricted": False},
            "name": "a/b",
            "rate": 0.1,
            "mirror": "https://example.org/x",
        },
    }
