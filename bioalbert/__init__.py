"""BioALBERT pipeline: from raw PubMed / PMC / MIMIC-III files to the NER, RE and QA benchmark table."""

__version__ = "0.1.0"
