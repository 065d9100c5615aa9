"""Benchmarks: each prints a table; `python -m benchmarks` runs them all. Ratios are of one run."""
