"""`bioalbert datasets`: what the catalogue holds and what of it is on this machine."""

import argparse
from pathlib import Path

DESCRIPTION = """\
Lists the catalogue: task, access, protocols (the default first), and how many of an entry's files are in the data folder. With a NAME:
its licence, source, files and expected counts. --check reads the files that are there, verifies digests and counts, says what each
holds, and stops at the first difference with exit status 2. A data set of one's own is a folder with train, test and perhaps dev.
"""
EXAMPLE = """\
example:
  bioalbert datasets
  bioalbert datasets ncbi-disease --data data/raw --check
  bioalbert datasets data/mine --check
"""


def register(commands: argparse._SubParsersAction) -> None:
    """Adds `datasets`."""
    p = commands.add_parser(
        "datasets",
        help="what the catalogue holds, and what of it is here",
        description=DESCRIPTION,
        epilog=EXAMPLE,
    )
    p.add_argument("name", nargs="?", metavar="NAME", help="an entry, or a catalogue YAML or a folder of your own; all without it")
    p.add_argument("--data", type=Path, default=Path("data/raw"), metavar="DIR", help="where downloads lie (data/raw)")
    p.add_argument("--check", action="store_true", help="verify digests and counts of the files that are there")
    p.set_defaults(run=run_datasets)


def run_datasets(name: str | None, data: Path, check: bool) -> None:
    """Prints the table, or one entry's details."""
    from bioalbert.catalogue.entries import load, names

    entries = [load(name)] if name else [load(one) for one in names()]
    verified = _verify(entries, data) if check else {}
    print(_details(entries[0], data, verified) if name else _table(entries, data))
    for key, checked in verified.items():
        print(f"{key}: {len(checked.found)} files read, digests verified of {checked.digests} files, counts of {checked.counts}")


def _verify(entries: list, data: Path) -> dict:
    """Raises InputError where there is nothing to check, which is no proof of anything."""
    from bioalbert.catalogue.check import check, present
    from bioalbert.errors import InputError

    verified = {entry.id: check(entry, entry.folder(data)) for entry in entries if present(entry, entry.folder(data))}
    if not verified:
        folder, get = data, "fetch them with bioalbert download"
        if len(entries) == 1:
            folder = entries[0].folder(data)
            if not entries[0].files and entries[0].apply:
                get = f"apply at {entries[0].apply} and put them there, as they are not public"
        fix = f"name the folder of downloads with --data, or {get}"
        raise InputError("there is no file to check", file=folder, fix=fix)
    return verified


def _table(entries: list, data: Path) -> str:
    rows = [("entry", "task", "access", "files here", "protocols")]
    for entry in entries:
        rows.append((entry.id, entry.task or entry.kind, entry.access, _state(entry, data), " ".join(f"@{one}" for one in entry.protocols)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def _state(entry: object, data: Path) -> str:
    """How many files are there: "3 of 4"; "" for a corpus whose files the server lists."""
    from bioalbert.catalogue.check import names_of, present

    total = len(names_of(entry))
    return f"{len(present(entry, entry.folder(data)))} of {total}" if total else ""


def _details(entry: object, data: Path, verified: dict) -> str:
    from bioalbert.catalogue.check import names_of, present
    from bioalbert.settings import assignments

    lines = [f"{entry.id}: {entry.title}"]
    facts = {
        "task": entry.task or entry.kind,
        "licence": entry.licence,
        "access": entry.access,
        "apply": entry.apply,
        "source": entry.source,
    }
    facts |= {"labels": " ".join(entry.labels), "positive": " ".join(entry.positive), "folds": entry.folds}
    lines += [f"  {key:<10}{value}" for key, value in facts.items() if value]
    for key, protocol in entry.protocols.items():
        lines.append(f"  @{key}: train {' '.join(protocol.train)}, dev {protocol.dev or 'none'}, test {' '.join(protocol.test)}")
        told = {"metric": protocol.metric, "settings": assignments(protocol.settings), "after": protocol.after}
        told |= {"compares with": protocol.comparable or "no published number", "note": protocol.note}
        lines += [f"    {what}: {value}" for what, value in told.items() if value]
        lines += [f"    published: {one.system} {one.figure} {one.value}" + _doubt(one.differs) for one in protocol.published]
    there = set(present(entry, entry.folder(data)))
    held = entry.counts | (verified[entry.id].found if entry.id in verified else {})
    for name in names_of(entry):
        lines.append(f"  {'present' if name in there else 'missing'}  {name}" + _counts(held, name))
        lines += [f"           {part}" + _counts(held, part) for part in held if part.startswith(f"{name}#")]
    return "\n".join(lines)


def _doubt(differs: str | None) -> str:
    return f" (not comparable: {differs})" if differs else ""


def _counts(held: dict[str, dict[str, int]], name: str) -> str:
    counts = ", ".join(f"{number} {what}" for what, number in held.get(name, {}).items())
    return f"  ({counts})" if counts else ""
