"""The page of licences leaves no entry out."""

from bioalbert.catalogue import entries, licences


def test_every_entry_has_a_row_with_its_terms():
    rows = {line.split(" | ")[0].strip("| `"): line for line in licences.markdown().splitlines() if line.startswith("| `")}
    assert sorted(rows) == entries.names()
    for name, row in rows.items():
        entry = entries.load(name)
        assert entry.licence in row and entry.access in row and (entry.apply or "") in row


def test_who_must_apply_is_told_where():
    page = licences.markdown()
    assert (
        "| `mimic` | MIMIC-III clinical notes | PhysioNet Credentialed Health Data License 1.5.0 | credentialed: apply at https://" in page
    )
    assert "| open, but BioASQ-trainingDataset6b.json: apply at http://participants-area.bioasq.org |" in page
