"""`dvc push` for what may be shared: what may not be passed on goes to the remotes that the configuration names for it, and to no others.

That is what derives from text under a data use agreement (MIMIC-III), which every stage marks as restricted: the statistics of a shard,
the provenance.json of a vocabulary, token store, bundle or run. And runs on data sets whose licence keeps their answers (BioASQ), as they
hold these.
"""

import subprocess
from pathlib import Path

from bioalbert.catalogue import entries
from bioalbert.errors import InputError
from bioalbert.files import read_json
from bioalbert.settings import load_yaml

RUN = "run.json"
TELLING = ("provenance.json", "manifest.json", "vocabulary.json", "summary.json", "*.stats.json", RUN)


def push(project: Path, remote: str | None, allowed: tuple[str, ...]) -> None:
    """Pushes the outputs of `project`'s dvc.yaml to a DVC remote (None: DVC's default one), unless that remote must not have them.

    allowed: remotes that may hold what may not be passed on. Raises InputError for such outputs and another remote, an output that is not
    there to be looked at, and when DVC fails. Nothing has been pushed then.
    """
    absent = [project / name for name in output_names(project) if not (project / name).exists()]
    if absent:
        raise InputError("not here, so nobody can tell whether it is restricted", file=absent[0], fix="dvc pull it first, or dvc repro")
    name = remote or default_remote(project)
    if not name:
        raise InputError("there is no DVC remote", file=project / ".dvc/config", fix="dvc remote add --default NAME URL")
    check_remote(project, name, allowed, "push to one that the configuration's restricted_remotes names")
    changed = _dvc(project, "status", "--json").strip()
    if changed not in ("", "{}"):
        raise InputError("results here are not those of dvc.lock, which would be pushed", file=project / "dvc.lock", fix="dvc commit -f")
    print(_dvc(project, "push", "--remote", name), end="")


def output_names(project: Path) -> list[str]:
    """The outputs of all stages of dvc.yaml, in order."""
    stages = load_yaml(project / "dvc.yaml")["stages"]
    return [next(iter(out)) if isinstance(out, dict) else out for stage in stages.values() for out in stage.get("outs", ())]


def default_remote(project: Path) -> str:
    """The DVC remote that a plain `dvc push` sends to, "" where there is none."""
    return _dvc(project, "config", "core.remote").strip()


def check_remote(project: Path, remote: str, allowed: tuple[str, ...], fix: str) -> None:
    """Raises InputError, with this fix, where an output of `project` may not be passed on, and the remote is not one of the allowed."""
    held = [] if remote in allowed else [told for name in output_names(project) for told in withheld(project / name).items()]
    if held:
        file, why = held[0]
        raise InputError(
            f"{why}, and the remote {remote!r} is not one that may hold it ({len(held)} such results)", file=file.parent, fix=fix
        )


def withheld(output: Path) -> dict[Path, str]:
    """The files in an output (a folder or a file) that say that what they describe may not be passed on -> why."""
    reasons = {file: _reason(file) for name in TELLING for file in output.rglob(name)}
    return {file: reasons[file] for file in sorted(reasons) if reasons[file]}


def _reason(file: Path) -> str | None:
    told = read_json(file)
    if told.get("restricted") is True:
        return "restricted"
    known = file.name == RUN and told.get("dataset") in entries.names("dataset")
    entry = entries.load(told["dataset"]) if known else None
    return f"the licence of {entry.title} does not let its answers be passed on" if entry and not entry.quotable else None


def _dvc(project: Path, *arguments: str) -> str:
    done = subprocess.run(["dvc", *arguments], cwd=project, capture_output=True, text=True)
    if done.returncode and arguments[0] != "config":  # `dvc config` exits with 251 for a value that is not set
        line = (done.stderr or done.stdout).strip().splitlines()
        raise InputError(f"dvc {arguments[0]} failed: {line[0] if line else done.returncode}", file=project)
    return done.stdout
