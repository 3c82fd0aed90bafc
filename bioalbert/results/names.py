"""The tables' names, and which data sets each shows. (The workflow and --help read it: it loads nothing.)"""

WHOLE, AVERAGES = "results", "averages"
# The paper's tables, by the tasks that each shows.
TABLES = {
    "ner": ("ner",),
    "re": ("re",),
    "qa": ("qa", "yesno"),
    "sts": ("similarity",),
    "nli": ("inference",),
    "classification": ("classification",),
}
QUESTIONS = ("pubmedqa", "bioasq-yesno")  # inference for a model, questions for a reader
NAMES = (WHOLE, *TABLES, AVERAGES)


def table_of(dataset: str, task: str) -> str:
    """The name of the table that shows a data set."""
    return "qa" if dataset in QUESTIONS else next(name for name, tasks in TABLES.items() if task in tasks)
