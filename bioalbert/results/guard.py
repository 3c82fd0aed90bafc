"""Whether the results here are known to Snakemake. Without its records it takes what it finds for up to date and compares no settings.

So after `dvc pull` in a fresh clone, results of an older configuration could be recorded under a newer one: dvc.lock would name settings
that did not make them, and `dvc status` would call that clean. (Measured with Snakemake 9.27 and DVC 3.67.)
"""

from base64 import urlsafe_b64decode
from pathlib import Path

from bioalbert.errors import InputError
from bioalbert.results.push import output_names

RECORDS = ".snakemake/metadata"


def check(project: Path) -> None:
    """Raises InputError at the first output of `project`'s dvc.yaml that holds files, none of which Snakemake has a record of."""
    recorded = recorded_outputs(project / RECORDS)
    for name in output_names(project):
        if _files(project / name) and not any(output == name or output.startswith(f"{name}/") for output in recorded):
            problem = "it is here, but Snakemake has no record of how it was made"
            raise InputError(problem, file=project / name, fix="make restore (after dvc pull), or delete it to have it made again")


def recorded_outputs(records: Path) -> list[str]:
    """The outputs that Snakemake has records of, as its rules name them: the files' names in base64, long ones cut into folders `@part`."""
    files = (file.relative_to(records).parts for file in records.rglob("*") if file.is_file())
    return [urlsafe_b64decode("".join(part.removeprefix("@") for part in parts)).decode() for parts in files]


def _files(output: Path) -> bool:
    return output.is_file() or any(file.is_file() for file in output.rglob("*"))
