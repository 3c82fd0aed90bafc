"""Raw PubMed, PMC, MIMIC-III and text files to documents with sentences, in Parquet shards."""
