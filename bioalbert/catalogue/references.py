"""Where published figures are from: each stands in the catalogue beside the protocol that it was measured under, and names one of these.

Left out is what was found at second hand only, and what does not say how it was measured; docs/protocols.md names the cases.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """title, table: what to look up. how: runs behind a figure. seen: how we know of it. checked: whether that is its source itself."""

    title: str
    table: str
    how: str
    seen: str
    checked: bool = True


REFERENCES = {
    "linkbert": Reference(
        "Yasunaga, Leskovec, Liang 2022, LinkBERT (ACL)", "table 7", "BLURB's splits and measures", "read in a text copy of the paper"
    ),
    "biom": Reference(
        "Alrowili and Vijay-Shanker, BioM-Transformers (github.com/salrowili/BioM-Transformers)",
        "output printed in examples/BLURB_LeaderBoard_with_TPU_VM.ipynb",
        "single runs on LinkBERT's copies of BLURB's files",
        "not checked against the source again",
        checked=False,
    ),
    "oubiobert": Reference(
        "Wada et al. 2020, ouBioBERT (github.com/sy-wada/blue_benchmark_with_transformers)",
        "results in its README",
        "means of five seeds, BLUE's scripts for the measures",
        "not checked against the source again (an older version of the README, without results, was at hand)",
        checked=False,
    ),
    "blue": Reference(
        "Peng, Yan, Lu 2019, BLUE (github.com/ncbi-nlp/BLUE_Benchmark)",
        "baselines in its README, as of June 2019",
        "its own four models, of runs whose number it does not say",
        "read there",
    ),
    "biobert-pytorch": Reference(
        "the BioBERT authors' github.com/dmis-lab/biobert-pytorch",
        "results in its READMEs",
        "single runs; long sentences are split, and words that yield no piece dropped, in the test sets too",
        "read there",
    ),
}
