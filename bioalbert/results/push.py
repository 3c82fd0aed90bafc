"""`dvc push` for what may be shared: restricted results go to the remotes that the configuration names for them, and to no others.

Restricted is what derives from text under a data use agreement (MIMIC-III). Every stage writes the mark down: the statistics of a shard,
the provenance.json of a vocabulary, token store, bundle or run.
"""

import subprocess
from pathlib import Path

from bioalbert.errors import InputError
from bioalbert.files import read_json
from bioalbert.settings import load_yaml

TELLING = ("provenance.json", "manifest.json", "vocabulary.json", "summary.json", "*.stats.json")


def push(project: Path, remote: str | None, allowed: tuple[str, ...]) -> None:
    """Pushes the outputs of `project`'s dvc.yaml to a DVC remote (None: DVC's default one), unless that remote must not have them.

    allowed: remotes that may hold restricted results. Raises InputError for marked outputs and another remote, an output that is not
    there to be looked at, and when DVC fails. Nothing has been pushed then.
    """
    outputs = [project / name for name in output_names(project)]
    absent = [output for output in outputs if not output.exists()]
    if absent:
        raise InputError("not here, so nobody can tell whether it is restricted", file=absent[0], fix="dvc pull it first, or dvc repro")
    name = remote or _dvc(project, "config", "core.remote").strip()
    if not name:
        raise InputError("there is no DVC remote", file=project / ".dvc/config", fix="dvc remote add --default NAME URL")
    marked = [file for output in outputs for file in marked_files(output)]
    if marked and name not in allowed:
        problem = f"restricted, and the remote {name!r} is not one that may hold it ({len(marked)} marked results)"
        fix = "push to one that the configuration's restricted_remotes names, or run without the notes"
        raise InputError(problem, file=marked[0].parent, fix=fix)
    changed = _dvc(project, "status", "--json").strip()
    if changed not in ("", "{}"):
        raise InputError("results here are not those of dvc.lock, which would be pushed", file=project / "dvc.lock", fix="dvc commit -f")
    print(_dvc(project, "push", "--remote", name), end="")


def output_names(project: Path) -> list[str]:
    """The outputs of all stages of dvc.yaml, in order."""
    stages = load_yaml(project / "dvc.yaml")["stages"]
    return [next(iter(out)) if isinstance(out, dict) else out for stage in stages.values() for out in stage.get("outs", ())]


def marked_files(output: Path) -> list[Path]:
    """The files in an output (a folder or a file) that say that what they describe is restricted."""
    told = (file for name in TELLING for file in output.rglob(name))
    return sorted(file for file in told if read_json(file).get("restricted") is True)


def _dvc(project: Path, *arguments: str) -> str:
    done = subprocess.run(["dvc", *arguments], cwd=project, capture_output=True, text=True)
    if done.returncode and arguments[0] != "config":  # `dvc config` exits with 251 for a value that is not set
        line = (done.stderr or done.stdout).strip().splitlines()
        raise InputError(f"dvc {arguments[0]} failed: {line[0] if line else done.returncode}", file=project)
    return done.stdout
