"""A package and not a plain folder, which any installed package named benchmarks (pysbd brings one) would hide."""
