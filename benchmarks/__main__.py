"""Run every benchmark, one after the other."""

from benchmarks import core, flow, indicators, latency, memory, paper

for benchmark in (indicators, core, paper, flow, latency, memory):
    benchmark.main()
