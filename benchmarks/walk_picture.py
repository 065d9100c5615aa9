"""The picture of the walk: the mean return after each decile of the score, with its interval, as SVG.

Grey works on light and dark pages alike; a filled dot is a decile whose interval leaves out the mean of all weeks.
"""

from collections.abc import Iterator, Sequence

from benchmarks.bootstrap import Bounded

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, GAP = 300, 240, 44, 34, 40, 16  # px, of one panel
INK, FAINT, MARK = "#7d8590", "#7d859055", "#2f81f7"
FONT = "font-family='system-ui, sans-serif' font-size='11'"


def svg(panels: Sequence[tuple[int, Sequence[Bounded], Bounded]]) -> str:
    """Return the picture: for each horizon (days, deciles, all weeks) a panel with a scale of its own, in percent."""
    width = len(panels) * (WIDTH + GAP)
    drawn = [f'<g transform="translate({at * (WIDTH + GAP)},0)">{"".join(panel(*one))}</g>'
             for at, one in enumerate(panels)]  # fmt: skip
    about = "Mean return of BTC/USD after each decile of the swing score, with 95 % block-bootstrap intervals"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" role="img" '
        f'aria-label="{about}"><title>{about}</title>\n{chr(10).join(drawn)}\n</svg>\n'
    )


def panel(days: int, deciles: Sequence[Bounded], everything: Bounded) -> Iterator[str]:
    """Give the elements of one panel."""
    low, high = min(one.lower for one in deciles), max(one.upper for one in deciles)
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100) if (high - low) / size <= 7)
    first, last = int(low // step), int(-(-high // step))
    inner = HEIGHT - TOP - BOTTOM

    def y(value: float) -> float:
        return TOP + inner * (last * step - value) / ((last - first) * step)

    yield text(LEFT, 16, f"{days} days later, %", "start", f"font-weight='600' fill='{INK}'")
    for mark in range(first * step, last * step + 1, step):
        yield line(LEFT, y(mark), WIDTH, y(mark), FAINT, 1.5 if mark == 0 else 0.5)
        yield text(LEFT - 6, y(mark) + 4, f"{mark:+d}" if mark else "0", "end")
    yield line(LEFT, y(everything.value), WIDTH, y(everything.value), INK, 1, "stroke-dasharray='4 3'")
    for at, one in enumerate(deciles):
        x = LEFT + (WIDTH - LEFT) * (at + 0.5) / len(deciles)
        apart = one.lower > everything.value or one.upper < everything.value
        yield line(x, y(one.upper), x, y(one.lower), MARK, 1.5)
        yield (
            f'<circle cx="{x:.1f}" cy="{y(one.value):.1f}" r="3.5" stroke="{MARK}" '
            f'fill="{MARK if apart else "none"}" stroke-width="1.5"/>'
        )
        yield text(x, HEIGHT - BOTTOM + 16, str(at + 1), "middle")
    yield text((LEFT + WIDTH) / 2, HEIGHT - 8, "decile of the score; dashed: all weeks", "middle")


def line(x1: float, y1: float, x2: float, y2: float, ink: str, width: float, more: str = "") -> str:
    """Return a line."""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{ink}" stroke-width="{width}" {more}/>'
    )


def text(x: float, y: float, said: str, anchor: str, more: str = f"fill='{INK}'") -> str:
    """Return a label."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {FONT} {more}>{said}</text>'
