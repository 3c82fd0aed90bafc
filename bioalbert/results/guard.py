"""Whether Snakemake's records are about the results here. Without a record it takes what it finds for up to date and compares no settings;
with a record that is about another result, it compares the settings of that one.

So after `dvc pull` in a fresh clone, or `dvc checkout` of another commit's results, results of one configuration could be recorded under
another: dvc.lock would name settings that did not make them, and `dvc status` would call that clean. (Measured with Snakemake 9.27 and
DVC 3.67.)
"""

from base64 import urlsafe_b64decode
from pathlib import Path

from bioalbert.errors import InputError
from bioalbert.files import read_json
from bioalbert.provenance import RECORD
from bioalbert.results.push import check_remote, default_remote, output_names

RECORDS = ".snakemake/metadata"
TIMESTAMP = ".snakemake_timestamp"
# Seconds: archives and copies keep whole ones only.
TOLERANCE = 1.0


def check(project: Path, allowed: tuple[str, ...]) -> None:
    """Raises InputError at the first output of `project`'s dvc.yaml that holds files, none of which Snakemake has a record of, or one that
    is not as its job left it. (An output that is a single file may be: DVC writes it anew whenever it records it.)

    And where a plain `dvc push` would send what only the remotes `allowed` may hold to another one: DVC knows no such rule.
    """
    ended = recorded_outputs(project / RECORDS)
    for name in output_names(project):
        inside = [output for output in ended if output == name or output.startswith(f"{name}/")]
        if _files(project / name) and not inside:
            raise _refusal(project / name, "it is here, but Snakemake has no record of how it was made")
        for output in sorted(set(inside) - {name}):
            if (project / output).exists() and abs(_written(project / output) - ended[output]) > TOLERANCE:
                raise _refusal(project / output, "it is not what its job left, so Snakemake's record of how it was made may be another's")
    if remote := default_remote(project):
        check_remote(project, remote, allowed, "name it in restricted_remotes, or dvc config --unset core.remote: dvc push sends all there")


def recorded_outputs(records: Path) -> dict[str, float]:
    """The outputs that Snakemake has records of, as its rules name them -> their modification times at the end of their jobs.

    The records' own names are those of the outputs in base64, long ones cut into folders `@part`.
    """
    files = {file: file.relative_to(records).parts for file in records.rglob("*") if file.is_file()}
    names = {file: urlsafe_b64decode("".join(part.removeprefix("@") for part in parts)).decode() for file, parts in files.items()}
    return {name: read_json(file)["endtime"] for file, name in names.items()}


def _written(output: Path) -> float:
    """When an output was written last.

    Of a folder Snakemake reads the time of a file that it leaves there; DVC rewrites no equal files, so that one stays through a checkout.
    The record of provenance does not: no two runs write the same.
    """
    told = [file for file in (output / TIMESTAMP, output / RECORD) if file.exists()]
    return max(file.stat().st_mtime for file in told or [output])


def _refusal(output: Path, problem: str) -> InputError:
    return InputError(problem, file=output, fix="make restore (DVC's results for this commit), or delete it to have it made again")


def _files(output: Path) -> bool:
    return output.is_file() or any(file.is_file() for file in output.rglob("*"))
