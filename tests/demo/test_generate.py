import re
from pathlib import Path

from bioalbert.cli import main
from bioalbert.demo.generate import generate
from bioalbert.demo.stories import Narrator
from bioalbert.demo.world import PARTS, make_world
from bioalbert.draws import generator
from bioalbert.files import digest, read_json


def test_a_seed_decides_every_byte(demo: Path, tmp_path: Path):
    generate(tmp_path / "same", seed=1)
    generate(tmp_path / "other", seed=2)
    same, other = read_json(tmp_path / "same/manifest.json"), read_json(tmp_path / "other/manifest.json")
    assert read_json(demo / "manifest.json") == same
    assert same["seed"] == 1
    alike = {name for name in same["files"] if same["files"][name] == other["files"].get(name)}
    assert {Path(name).name for name in alike} <= {"README.txt", "dev.tsv", "dev.tsv.md5"}


def test_the_manifest_lists_every_other_file_with_its_digest(demo: Path):
    files = read_json(demo / "manifest.json")["files"]
    there = {file.relative_to(demo).as_posix() for file in demo.rglob("*") if file.is_file()}
    assert there == {*files, "manifest.json", "provenance.json"}
    assert all(digest(demo / name) == value for name, value in files.items())


def test_md5_files_hold_the_digest_of_the_file_beside_them(demo: Path):
    sidecars = sorted(demo.rglob("*.md5"))
    assert len(sidecars) == 3 + 4 + 3 + 3  # PubMed, NER, RE, QA
    for sidecar in sidecars:
        assert re.search(r"\b[0-9a-f]{32}\b", sidecar.read_text()).group() == digest(sidecar.with_suffix(""), "md5")


def test_names_tell_no_kind_and_no_part():
    world = make_world(5)
    named = [name for kind in ("disease", "gene", "chemical") for name in world.names[kind]]
    assert len({name.split()[0] for name in named}) == len(named) == 3 * sum(PARTS.values())
    assert {name.split()[1] for name in named if " " in name} == {"major", "minor", "alpha", "beta"}


def test_a_story_links_a_gene_to_its_own_disease_only():
    world = make_world(1)
    narrator = Narrator(world, generator(1, "test"))
    syndrome = world.syndromes[0]
    told = [narrator.linked(syndrome) for _ in range(60)]
    own = [" ".join(word.text for word in sentence if word.kind == "gene") == syndrome.gene for sentence in told]
    good = [str(sentence).endswith(("fell ill early.", "promising therapy.", "twofold.")) for sentence in told]
    assert own == good
    assert {True, False} == set(own)


def test_command_line(tmp_path: Path, refused):
    assert main(["demo-data", "--output", str(tmp_path / "demo"), "--seed", "3"]) == 0
    assert read_json(tmp_path / "demo/manifest.json")["seed"] == 3
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("do not lose me")
    assert "would be replaced" in refused("demo-data", "--output", mine)
    assert (mine / "thesis.txt").exists()
    assert "negative" in refused("demo-data", "--output", tmp_path / "new", "--seed", "-1")
