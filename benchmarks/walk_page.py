"""The page of the walk: the generated part of docs/evidence.md, and its picture."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks import walk_picture
from benchmarks.bootstrap import Array, Bounded
from benchmarks.walk_findings import Horizon
from benchmarks.walk_weeks import HORIZONS, Walk
from leadline.analysis.profiles import PROFILES
from leadline.bias import BIAS_NUMBER
from leadline.times import utc

PAGE = Path(__file__).resolve().parents[1] / "docs" / "evidence.md"
BEGIN, END = "<!-- walk: written by `python -m benchmarks.walk`, do not edit -->", "<!-- walk: end -->"
CHOSEN = 0  # of PROFILES: swing, the default
BIASES = sorted(BIAS_NUMBER, key=BIAS_NUMBER.__getitem__)


def write(page: Path, walk: Walk, n_bars: int) -> None:
    """Put the generated part in its place on the page, and the picture beside it."""
    horizons = [Horizon(walk, CHOSEN, at) for at in range(len(HORIZONS))]
    text = page.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, behind = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{chr(10).join(lines(walk, horizons, n_bars))}\n\n{END}{behind}")
    picture = walk_picture.svg([(one.days, one.deciles(), one.everything()) for one in horizons])
    page.with_name("evidence-deciles.svg").write_text(picture)


def lines(walk: Walk, horizons: Sequence[Horizon], n_bars: int) -> Iterator[str]:
    """Give the generated part, line by line."""
    first, last = (utc(t) for t in (walk.as_of_ns[0], walk.as_of_ns[-1]))
    yield (
        f"{len(walk.as_of_ns)} analyses of BTC/USD, one each Monday 00:00 UTC from {first:%Y-%m-%d} to "
        f"{last:%Y-%m-%d}, from {n_bars:,} hourly bars. Score and bias are of the profile {PROFILES[CHOSEN]}, the "
        "default. A return is the logarithm of the price so many days later over the price then, in percent; a week "
        "without both prices (hours are missing in the history) is left out of it. Means with their 95 % intervals."
    )
    yield ""
    yield from map(sentence, horizons)
    yield from (other_profile(walk, at) for at in range(len(PROFILES)) if at != CHOSEN)
    yield ""
    yield "![Mean return after each decile of the score](evidence-deciles.svg)"
    yield ""
    yield from table(["decile of the score", "scores", "weeks", *[f"{one.days} days" for one in horizons]],
                     decile_rows(horizons))  # fmt: skip
    yield ""
    yield from table(["bias", "weeks", *[f"{one.days} days" for one in horizons]], bias_rows(horizons))
    yield ""
    yield "Rank correlation (Spearman) of score and return, by profile and by years:"
    yield ""
    yield from table(["profile", "years", "weeks", *[f"{one.days} days" for one in horizons]], correlation_rows(walk))


def sentence(one: Horizon) -> str:
    """Return in plain words what a horizon shows.

    Two questions: do higher scores go with higher returns, and is the top decile above the bottom one.
    """
    rho, spread = one.correlation(), one.spread()
    said = {
        0: "the interval includes zero: no relation of score and return is shown",
        1: f"higher scores went with higher returns, and explain {100 * rho.value**2:.0f} % of the ranks' variance",
        -1: "higher scores went with *lower* returns: the score pointed the wrong way",
    }[rho.says]
    also = {
        0: "cannot be told from the lowest", 1: "did better than the lowest", -1: "did worse than the lowest",
    }[spread.says]  # fmt: skip
    return (
        f"- **{one.days} days**: rank correlation {between(rho, 2)}; {said}. The highest decile {also} "
        f"({between(spread, 1)} %)."
    )


def other_profile(walk: Walk, profile: int) -> str:
    """Return in plain words what the score of another profile shows, by its rank correlations alone."""
    says = {HORIZONS[at]: Horizon(walk, profile, at).correlation().says for at in range(len(HORIZONS))}
    words = {1: "higher scores went with higher returns", 0: "no relation is shown", -1: "it pointed the *wrong* way"}
    found = {said: [f"{days}" for days, one in says.items() if one == said] for said in words}
    parts = [f"{words[said]} at {' and '.join(days)} days" for said, days in found.items() if days]
    return f"- The score of the profile {PROFILES[profile]}: {'; '.join(parts)}."


def decile_rows(horizons: Sequence[Horizon]) -> Iterator[list[str]]:
    """Give a row a decile, lowest scores first, and one of all weeks."""
    found, first = [one.deciles() for one in horizons], horizons[0]
    for at, group in enumerate(first.groups):
        inside = first.score[group]
        yield [str(at + 1), f"{inside.min():.0f} to {inside.max():.0f}", str(found[0][at].n),
               *[between(one[at], 1) for one in found]]  # fmt: skip
    everything = [one.everything() for one in horizons]
    yield ["all", f"{first.score.min():.0f} to {first.score.max():.0f}", str(everything[0].n),
           *[between(one, 1) for one in everything]]  # fmt: skip


def bias_rows(horizons: Sequence[Horizon]) -> Iterator[list[str]]:
    """Give a row a bias, bearish first."""
    for bias in BIASES:
        found = [one.of_bias(bias) for one in horizons]
        yield [bias, str(horizons[0].bias.count(bias)), *["-" if one is None else between(one, 1) for one in found]]


def correlation_rows(walk: Walk) -> Iterator[list[str]]:
    """Give the rank correlations of each profile, of all years and of each half."""
    years = sorted({utc(t).year for t in walk.as_of_ns})
    middle = years[len(years) // 2]
    stretches: list[tuple[str, Array]] = [
        (f"{years[0]} to {years[-1]}", np.array(years)),
        (f"{years[0]} to {middle - 1}", np.array([y for y in years if y < middle])),
        (f"{middle} to {years[-1]}", np.array([y for y in years if y >= middle])),
    ]
    for at, profile in enumerate(PROFILES):
        horizons = [Horizon(walk, at, horizon) for horizon in range(len(HORIZONS))]
        for name, chosen in stretches:
            found = [one.correlation(np.isin(one.year, chosen)) for one in horizons]
            yield [profile, name, str(found[0].n), *[between(one, 2) for one in found]]


def between(one: Bounded, digits: int) -> str:
    """Return a statistic with its bounds.

    >>> between(Bounded(9, 0.125, -1.0, 1.25), 1)
    '+0.1 (-1.0 to +1.2)'
    """
    return f"{one.value:+z.{digits}f} ({one.lower:+z.{digits}f} to {one.upper:+z.{digits}f})"


def table(names: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    """Give a Markdown table."""
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
