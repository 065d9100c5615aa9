"""Evidence over many thousands of paper trades: what the tool says where order flow predicts more and more.

    python -m benchmarks.evidence [--seeds 8] [--hours 26]

Each row is one predictability of the simulated market, over markets of several seeds that are played two
at a time. `before costs` is how far the mid went a trade's way: 0 where nothing predicts. At 8 seeds
it takes some minutes a row. Not a part of `make bench`.
"""

import argparse
from math import fsum

from benchmarks.tables import machine, show
from leadline.performance import Mean, evidence, mean_of, performance
from tests.flows.evidence import in_processes, markets

PREDICTABILITIES = (0.0, 0.25, 0.5, 1.0)
FIRST_SEED = 101  # not those of the tests


def between(mean: Mean, digits: int) -> str:
    """Return a mean with its bounds."""
    return f"{mean.mean:+.{digits}f} ({mean.lower:+.{digits}f} to {mean.upper:+.{digits}f})"


def row(predictability: float, hours: float, seeds: range) -> tuple[list[object], str]:
    """Return the row of a predictability, and what is said of it."""
    trades = [trade for found in in_processes(markets(predictability, hours, seeds)) for trade in found]
    p = performance(trade.outcome for trade in trades)
    costs = fsum(trade.cost_r for trade in trades) / len(trades)
    rate = f"{100 * (p.win_rate or 0.0):.1f} % ({100 * p.win_rate_lower:.1f} to {100 * p.win_rate_upper:.1f})"
    before = between(mean_of([trade.mid_bps for trade in trades]), 2)
    cells = [predictability, f"{p.n:,}", rate, before, f"{-costs:+.3f}", between(p.expectancy_r, 3)]
    return cells, evidence(p, simulated=True)


def main() -> None:
    """Print the table, and the sentence of each row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--hours", type=float, default=26.0)
    given = parser.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + given.seeds)
    found = [row(predictability, given.hours, seeds) for predictability in PREDICTABILITIES]
    names = ["predictability", "trades", "win rate (95 %)", "before costs, bps", "minus costs, R", "expectancy, R"]
    show(f"Evidence, {given.seeds} sparse markets a row ({machine()})", names, [cells for cells, _ in found])
    for cells, said in found:
        print(f"{cells[0]}: {said}")


if __name__ == "__main__":
    main()
