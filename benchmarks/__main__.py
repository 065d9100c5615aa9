"""Run every benchmark, one after the other."""

from benchmarks import alerts, analysis, core, flow, indicators, latency, level3, memory, paper

for benchmark in (indicators, core, level3, paper, flow, latency, alerts, memory, analysis):
    benchmark.main()
