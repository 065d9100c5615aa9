"""Run every benchmark, one after the other."""

from benchmarks import analysis, core, flow, indicators, latency, memory, paper

for benchmark in (indicators, core, paper, flow, latency, memory, analysis):
    benchmark.main()
