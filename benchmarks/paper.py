"""The paper stage's cost a message: with nothing open, and with a signal's three trades open.

The moments have been through the stages before it, so only this stage is timed.
"""

from benchmarks.core import stages
from benchmarks.tables import best_us, machine, market, show
from leadline import records
from leadline.moment import BOOK, Moment
from leadline.paper import FILL_MODELS, PaperTrade
from leadline.trade_plan import TradePlan
from operators.decode import decode_records
from operators.paper import PaperStage
from sources.kraken import wire

LONG_NS = 10**18


def main() -> None:
    """Print the table."""
    moments = decode_records(market(), wire.decode)
    chain = stages(5)
    for stage in chain:
        stage.process(moments)
    quiet = chain[-1]
    assert isinstance(quiet, PaperStage)
    busy = holding(moments)
    behind = [m for m in moments if m.kind not in (records.START, records.END)]  # played over and over
    jobs = {"nothing open": lambda: quiet.process(behind), "three trades open": lambda: busy.process(behind)}
    best = best_us(jobs, len(behind))
    show(f"Paper stage, us a message ({len(behind):,} moments; {machine()})", ["", "us"], list(best.items()))


def holding(moments: list[Moment]) -> PaperStage:
    """Return a stage whose account holds a long that none of the moments ends."""
    stage = PaperStage()
    stage.process(moments[:1])
    view = next(m.view for m in moments if m.kind == BOOK and m.view is not None)
    entry = -view.ask_keys[-1]
    plan = TradePlan(
        "bench", view.instrument.symbol, "ema_pullback", 1, "tradable", entry, 1, 10 * entry, 1000,
        view.bid_keys[-1] + entry, 0, LONG_NS, LONG_NS * 4, view.instrument.price_scale, view.instrument.qty_scale,
        30.0, 50.0, 0.4, 0.5, 30.0, 0,
    )  # fmt: skip
    for model in FILL_MODELS:
        stage.live.open(PaperTrade(plan, model), view)
    return stage


if __name__ == "__main__":
    main()
