"""A NOTEEVENTS.csv.gz in MIMIC-III's columns: multi-line notes, [** **] brackets where names and dates stood, rows marked as errors."""

import csv
import io
import textwrap
from pathlib import Path

from bioalbert.demo import grammar
from bioalbert.demo.grammar import frames
from bioalbert.demo.packing import write_gzip
from bioalbert.demo.stories import Narrator
from bioalbert.demo.world import Syndrome, World
from bioalbert.draws import generator

NOTES = 280
ERROR_EVERY = 40  # every so many rows ISERROR is 1
COLUMNS = ["ROW_ID", "SUBJECT_ID", "HADM_ID", "CHARTDATE", "CHARTTIME", "STORETIME", "CATEGORY", "DESCRIPTION", "CGID", "ISERROR", "TEXT"]
CATEGORIES = (("Discharge summary", "Report"), ("Physician ", "Note"), ("Nursing", "Note"))
LINE = 72  # MIMIC's notes are broken into lines of about this width, within sentences


def write_notes(world: World, path: Path, seed: int) -> None:
    table = io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number in range(1, NOTES + 1):
        writer.writerow(_row(world, number, seed))
    write_gzip(path, table.getvalue())


def _row(world: World, number: int, seed: int) -> list[object]:
    narrator = Narrator(world, generator(seed, "demo notes", number))
    category, description = CATEGORIES[number % len(CATEGORIES)]
    day = f"21{number % 90 + 10}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    error = "" if number % ERROR_EVERY else "1"
    return [number, 1000 + number // 3, 100000 + number, day, "", "", category, description, "", error, _note(narrator, number, day)]


def _note(narrator: Narrator, number: int, day: str) -> str:
    syndrome = narrator.world.syndromes[number % len(narrator.world.syndromes)]
    history = _told(narrator, syndrome, grammar.DISEASE, grammar.RELATED, grammar.CHEMICAL, grammar.OPEN)
    course = _told(narrator, syndrome, grammar.COMPLAINT, grammar.CHEMICAL, grammar.DISEASE, grammar.OPEN)
    return (
        f"Admission Date:  [**{day}**]\n\n"
        f"CHIEF COMPLAINT: {syndrome.complaint}\n\n"
        f"HISTORY OF PRESENT ILLNESS:\n{_wrapped(f'[**Known lastname {number}**] is a patient with {syndrome.disease}. {history}')}\n\n"
        f"HOSPITAL COURSE:\n{_wrapped(course)}\n\n"
        f"DISCHARGE MEDICATIONS:\n1. {syndrome.chemical} 20 mg daily\n\n"
        "Dr. [**First Name (STitle) 12**] [**Last Name (NamePattern1) 7**]\n"
    )


def _told(narrator: Narrator, syndrome: Syndrome, *blocks: str) -> str:
    return " ".join(str(narrator.about(syndrome, narrator.writer.pick(frames(block)))) for block in blocks for _ in range(2))


def _wrapped(text: str) -> str:
    return textwrap.fill(text, LINE, break_long_words=False, break_on_hyphens=False)
