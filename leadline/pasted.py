"""Pasted: a key put where the path of its file belongs, found before it is shown anywhere."""

import re

MIN_KEY = 40  # characters; Kraken's keys have 56, its secrets 88
MIN_RUN = 16  # between two slashes, which base64 has too
_BASE64 = re.compile(r"[A-Za-z0-9+/=]+")


def is_key(text: str) -> bool:
    """Return whether a text is base64 of a key's length rather than a path.

    >>> is_key("Qm9vay9Cb29rL0Jvb2svQm9vay9Cb29rL0Jvb2s+"), is_key("/home/trader/exchanges/kraken/private/keyfile")
    (True, False)
    """
    return any(len(word) >= MIN_KEY and _BASE64.fullmatch(word) and _mixed(word) for word in text.split())


def _mixed(word: str) -> bool:
    """Return whether a long run of it has capitals, small letters and digits: no folder is named so."""
    runs = [run for run in re.split(r"[/+=]", word) if len(run) >= MIN_RUN]
    return any(all(re.search(kind, run) for kind in ("[A-Z]", "[a-z]", "[0-9]")) for run in runs)
