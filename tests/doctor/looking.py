"""How the tests look at a system: what is found, by name, and what makes a run live or gone on."""

import re
from contextlib import contextmanager

import msgspec

from doctor.checkup import check_up
from sinks import risk_file, risk_lock


@contextmanager
def live_run(system):
    """Hold the account, as a live run does."""
    release = risk_lock.hold(system.data_dir)
    try:
        yield
    finally:
        release()


def names(healthy, *, offline=False):
    """Return (severity, name) of what is found, without what could not be looked at."""
    found = [one.finding for one in check_up(healthy.system(), offline=offline)]
    for finding in found:
        commands = re.findall(r"`[^`]+`", finding.what + finding.fix)
        assert "\n" not in finding.what + finding.fix and len(commands) == len(set(commands)), finding
        assert finding.fix or finding.severity == "unchecked", finding
    return {(finding.severity, finding.name) for finding in found if finding.severity != "unchecked"}


def here(healthy):
    return names(healthy, offline=True)


def only(healthy, *, offline=False):
    """Return what is found where it is one thing; offline, apart from what could not be looked at."""
    found = [one.finding for one in check_up(healthy.system(), offline=offline)]
    (one,) = [finding for finding in found if not offline or finding.severity != "unchecked"]
    return one


def account_went_on(healthy):
    state = risk_file.load(healthy.data_dir)
    healthy.save_account(msgspec.structs.replace(state, tape_id="20261102T000000Z-bbbbbb"))
