"""The exceptions of Leadline.

LeadlineError                 the root: catch this one
├── ConfigError               a setting is unknown, of the wrong type or out of range
├── FeedError                 the venue cannot be reached, or refuses what we asked
├── TapeError                 a tape cannot be read or written
│   └── TapeVersionError      it was written by another version of the format
├── StoreError                the data folder or the lake cannot be used
└── BookInvariantError        a book broke its own rules: a fault of ours, for tests

A fault in the *data* is never an exception: it is a value on the stream (`Rejected`) and a
counter. A message names the thing, the value and the way out, in one line.
"""


class LeadlineError(Exception):
    """Whatever a user can mend: its text is one line that says how."""


class ConfigError(LeadlineError):
    """A setting is unknown, of the wrong type or out of range."""


class FeedError(LeadlineError):
    """The venue cannot be reached, or refuses what we asked."""


class TapeError(LeadlineError):
    """A tape cannot be read or written."""


class TapeVersionError(TapeError):
    """The tape was written by another version of the format."""


class StoreError(LeadlineError):
    """The data folder or the lake cannot be used."""


class BookInvariantError(LeadlineError):
    """A book broke its own rules."""
