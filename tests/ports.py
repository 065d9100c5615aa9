"""Ports of loopback for those who must know theirs before anybody listens there, or at which nobody is to listen."""

import random
import socket
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST, LOWEST_OF_RANGE = 20_000, 32_768  # of ours; of the system's, where it does not say
DICE = random.SystemRandom()  # no seed of a test makes two processes draw alike


def free_port() -> int:
    """Return a port that nobody has now, nor is given unasked.

    The system hands out ports of its own range to whoever asks for any, and to each connection that is opened:
    one of those may be another's before its server starts, and a connection to one may even meet itself.
    """
    while True:
        port = DICE.randrange(LOWEST, _lowest_of_range())
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:  # somebody has it
            continue


def _lowest_of_range() -> int:
    try:
        lowest = int(RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        lowest = LOWEST_OF_RANGE
    return lowest if lowest > LOWEST else LOWEST_OF_RANGE
