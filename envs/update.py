"""Makes envs/ from pyproject.toml: the pip lock (what pip resolves today) and a conda environment file (untested).

    python envs/update.py            resolves anew and writes both files
    python envs/update.py --conda    writes only the conda file, from the ranges in pyproject.toml

torch is pinned to the release below without a hash or local label, so that the CPU and the CUDA builds both satisfy the lock.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TORCH = "2.13.0"
# What torch's own CUDA build pulls in on Linux: left to torch, absent from its CPU build.
CUDA = re.compile(r"^(nvidia-|cuda-|triton$)")
# Extras that are not part of the environment.
LEFT_OUT = {"tf-oracle"}
# Names that conda-forge spells in another way.
CONDA_NAMES = {
    "torch": "pytorch",
    "google-crc32c": "python-google-crc32c",
    "huggingface-hub": "huggingface_hub",
    "sentencepiece": "sentencepiece-python",
}


def requirements() -> list[str]:
    """Every requirement of pyproject.toml, extras included but for LEFT_OUT."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [lines for name, lines in project["optional-dependencies"].items() if name not in LEFT_OUT]
    return sorted(project["dependencies"] + [line for lines in extras for line in lines])


def lock() -> str:
    """`name==version` for everything that pip installs for those requirements."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    report = json.loads(subprocess.run([*command, f"torch=={TORCH}", *requirements()], check=True, capture_output=True, text=True).stdout)
    found = {item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"] for item in report["install"]}
    lines = [f"{name}=={version.partition('+')[0]}" for name, version in sorted(found.items()) if not CUDA.match(name)]
    return "# Made by envs/update.py from pyproject.toml. Do not edit.\n" + "\n".join(lines) + "\n"


def conda() -> str:
    """The same ranges as a conda environment file."""
    lines = []
    for requirement in requirements():
        name, extras, versions = re.fullmatch(r"([A-Za-z0-9._-]+)(\[[a-z,]+\])?(.*)", requirement).groups()
        lines.append(f"  - {CONDA_NAMES.get(name, name)} {versions}")
        if extras:  # snakemake[reports]
            lines.append("  - pygments")
    head = "# Made by envs/update.py from pyproject.toml; not tested: the tested way is `make run`.\nname: bioalbert\n"
    return head + "channels:\n  - conda-forge\n  - bioconda\ndependencies:\n  - python >=3.11\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "envs" / "environment.yaml").write_text(conda())
    if "--conda" not in sys.argv:
        (ROOT / "envs" / "requirements.lock").write_text(lock())
