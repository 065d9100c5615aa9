"""The analysis as a prompt for a language model: facts only, in the report's own words."""

from leadline.analysis.as_of import written
from reports.analysis_blocks import blocks, world
from reports.analysis_facts import AnalysisFacts
from reports.blocks import markdown

RULES = """\
Everything below was computed from stored market data; nothing is an opinion. Use only these facts: where
one is missing it says so, and must not be filled in. Scores of parts run from -100 (bearish) to +100 (bullish),
the total from 0 to 100 with 50 neutral. The weights are settings. What scores went with in the past stands under
"Track record", where it could be known by then: it is of one market, before costs, and no forecast. "Confidence" is
a class of agreement and no probability, and the prior win rate is that of a market without direction. Prices and
amounts are in {quote}, sizes in {base}, times in UTC.
"""


def prompt(facts: AnalysisFacts) -> str:
    """Return the prompt; the same facts give the same text."""
    symbol = facts.analysis.symbol
    base, _, quote = symbol.partition("/")
    return (
        f"# Facts about {symbol} as of {written(facts.analysis.as_of_ns)}\n\n{world(facts)}\n\n"
        f"{RULES.format(base=base, quote=quote)}\n{markdown(blocks(facts))}"
    )
