"""The exceptions of Leadline.

LeadlineError                 the root: catch this one
├── ConfigError               a setting is unknown, of the wrong type or out of range
├── FeedError                 the venue cannot be reached, or refuses what we asked
│   └── UnreachableError      it cannot be reached: nothing is wrong here, and later it may be there
├── TapeError                 a tape cannot be read or written
│   └── TapeVersionError      it was written by another version of the format
├── StoreError                the data folder or the lake cannot be used
└── BookInvariantError        a book broke its own rules: a fault of ours, for tests

A fault in the *data* is never an exception: it is a value on the stream (`Rejected`) and a
counter. A message names the thing, the value and the way out, in one line.
"""

EXIT_MEND, EXIT_LATER = 1, 75  # of a process: something has to be mended; what is away may come back (EX_TEMPFAIL)
EXIT_REFUSED = 78  # to a launcher alone: something has to be mended before there can be a start (EX_CONFIG)


class LeadlineError(Exception):
    """Whatever a user can mend: its text is one line that says how."""

    exit_code = EXIT_MEND


class ConfigError(LeadlineError):
    """A setting is unknown, of the wrong type or out of range."""


class FeedError(LeadlineError):
    """The venue cannot be reached, or refuses what we asked."""


class UnreachableError(FeedError):
    """The venue cannot be reached; the same may work later."""

    exit_code = EXIT_LATER


class TapeError(LeadlineError):
    """A tape cannot be read or written."""


class TapeVersionError(TapeError):
    """The tape was written by another version of the format."""


class StoreError(LeadlineError):
    """The data folder or the lake cannot be used."""


class BookInvariantError(LeadlineError):
    """A book broke its own rules."""
