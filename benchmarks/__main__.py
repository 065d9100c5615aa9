"""Run every benchmark, one after the other."""

from benchmarks import core, flow, indicators, latency, memory

for benchmark in (indicators, core, flow, latency, memory):
    benchmark.main()
