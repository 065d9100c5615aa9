"""Run every benchmark, one after the other."""

from benchmarks import alerts, analysis, core, flow, indicators, latency, level3, memory, metrics_cost, paper, trends

if __name__ == "__main__":  # trends starts processes of its own, which read this again
    for benchmark in (indicators, core, level3, paper, flow, latency, alerts, metrics_cost, memory, analysis, trends):
        benchmark.main()
