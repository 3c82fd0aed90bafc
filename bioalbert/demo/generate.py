"""Writes the whole demonstration folder: a mirror with one sub-folder per host, the notes and, last, manifest.json."""

from pathlib import Path

from bioalbert.demo.datasets import write_ner, write_qa, write_re
from bioalbert.demo.notes import write_notes
from bioalbert.demo.packing import write_md5_beside
from bioalbert.demo.pmc import write_pmc
from bioalbert.demo.pubmed import write_pubmed
from bioalbert.demo.world import World, make_world
from bioalbert.files import digest, whole_folder, write_json
from bioalbert.provenance import Provenance

DATASETS = "demo.bioalbert.invalid"


def generate(output: Path, seed: int) -> None:
    """Fills `output`, which appears whole or not at all. Equal seeds give equal bytes in every file but provenance.json."""
    provenance = Provenance("demo-data", {}, [], seed)
    with whole_folder(output) as folder:
        world = make_world(seed)
        mirror = folder / "mirror"
        write_pubmed(world, mirror, seed)
        write_pmc(world, mirror, seed)
        write_notes(world, folder / "NOTEEVENTS.csv.gz", seed)
        _write_datasets(world, mirror / DATASETS, seed)
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        digests = {file.relative_to(folder).as_posix(): digest(file) for file in files}
        provenance.write(folder)
        write_json(folder / "manifest.json", {"seed": seed, "files": digests})


def _write_datasets(world: World, folder: Path, seed: int) -> None:
    write_ner(world, folder / "ner", seed)
    write_re(world, folder / "re/1", seed)
    write_qa(world, folder / "qa", seed)
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        write_md5_beside(file, "{md5}  {name}\n")
