"""How many of something, in words."""


def several(n: int, one: str, more: str | None = None) -> str:
    """Return a number of things as a person says it; `more` is the plural where it is not `one` with an s.

    >>> several(1, "line"), several(1200, "line"), several(0, "entry", "entries")
    ('1 line', '1,200 lines', '0 entries')
    """
    return f"{n:,} {one if n == 1 else more or f'{one}s'}"
