"""Score one order book by hand: features, HFT score, and what a trade on it would cost.

Run it with `python examples/01_score_a_book.py`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from leadline import hft, microstructure
from leadline.book import OrderBook
from leadline.costs import costs, slippage
from leadline.events import BookMessage, PriceLevel
from leadline.instrument import Instrument
from leadline.settings import Hft

bitcoin = Instrument("BTC/USD", price_precision=1, qty_precision=8)
book = OrderBook(bitcoin, depth=10)
book.load(
    BookMessage(
        "BTC/USD",
        bids=[PriceLevel(63004.9, 1.2), PriceLevel(63004.0, 2.5), PriceLevel(63002.1, 0.4)],
        asks=[PriceLevel(63005.0, 0.3), PriceLevel(63006.2, 0.8), PriceLevel(63009.9, 1.0)],
    )
)
view = book.view(event_ns=None)
touch = microstructure.touch(view)
assert touch is not None
imbalance = microstructure.imbalance(view, lambda_bps=5.0)
spread = microstructure.spread_bps(touch)
score = hft.score(imbalance, imbalance, None, None, spread, Hft())
print(f"mid {microstructure.mid_units(touch) / bitcoin.price_scale:,.2f}, spread {spread:.3f} bps")
print(f"imbalance {imbalance:+.2f} of 10, HFT score {score:+.1f} ({hft.hft_class(score, Hft().thresholds)})")

slip = slippage(view, side=1, size=bitcoin.qty_scale)  # buy one bitcoin
for fee in (80.0, 10.0):  # entry and exit fee together, bps
    trade = costs(25.0, 50.0, fee, slip.entry_bps, slip.stop_bps)
    verdict = "cannot win" if trade.breakeven_win_rate is None else f"breaks even at {trade.breakeven_win_rate:.1%}"
    print(f"stop 25, target 50, fees {fee:g} bps: {verdict}")
