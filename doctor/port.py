"""The port of the metrics, and the run behind it: free, or served by a run of this folder that answers and moves."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Literal, NamedTuple

import httpx

from doctor.finding import Finding, error, warning
from doctor.system import System
from flows import pulse
from flows.keeping import length
from sinks import metrics_address

ANSWER_S = 5.0  # a run on a machine that is busy with others takes a second or two
STILL_S = 30.0  # the line tells of itself twice a second
STARTED = re.compile(r"^leadline_start_timestamp_seconds (\S+)$", re.MULTILINE)
TOLD = re.compile(r"^leadline_telemetry_timestamp_seconds (\S+)$", re.MULTILINE)


class Answer(NamedTuple):
    """What an address of metrics says. `kind`: nobody listens, or takes the call and stays silent, or who answers.

    `started` is when that run began, 0 where it is a launcher; `told` is when its line last told of itself, 0: never.
    """

    kind: Literal["nobody", "silent", "stranger", "run"]
    started: float = 0.0
    told: float = 0.0


Ask = Callable[[str], Answer]


def ask(url: str) -> Answer:
    """Ask an address, without any proxy. A full queue of callers refuses nobody, it lets them wait."""
    try:
        text = httpx.get(f"{url}/metrics", timeout=ANSWER_S, trust_env=False).text
    except httpx.TimeoutException:
        return Answer("silent")
    except httpx.ConnectError:
        return Answer("nobody")
    except (httpx.HTTPError, httpx.InvalidURL):
        return Answer("stranger")
    if "leadline_" not in text:
        return Answer("stranger")
    started, told = STARTED.search(text), TOLD.search(text)
    return Answer("run", float(started[1]) if started else 0.0, float(told[1]) if told else 0.0)


def metrics(system: System) -> Iterator[Finding]:
    """The port that the settings name must be free or ours, and a live run must answer where it said that it serves."""
    asked = cache(ask)  # mostly both are one address
    yield from _port(system, asked)
    yield from _living(system, asked)


def _port(system: System, asked: Ask) -> Iterator[Finding]:
    metrics = system.settings.metrics
    if not metrics.port:
        return
    fault = _unusable(metrics.host)
    if fault is not None:  # whoever answers there is another machine
        yield error(
            "metrics_host_unusable", f"nobody can listen at metrics.host {metrics.host} here: {fault}",
            "set it to 127.0.0.1 for this machine alone, to 0.0.0.0 for all",
        )  # fmt: skip
        return
    url = metrics_address.url_of(metrics.host, metrics.port)
    answer, ours = asked(url), metrics_address.read(system.data_dir)
    where = f"metrics.port {metrics.port} on {metrics.host}"
    fix = "give this one another metrics.port, or null to serve none"
    if answer.kind == "stranger":
        yield error("port_taken", f"{where} is taken by another program", fix)
    elif answer.kind == "silent" and not (system.running and ours is not None and ours.url == url):
        who = "a run that stands still, or another program that does not answer"
        yield error("port_taken", f"{where} is taken by {who}", f"end it (SIGTERM, then kill -9), or {fix}")
    elif answer.kind == "run" and (ours is None or ours.started != answer.started):
        yield warning("port_of_another_run", f"{where} is served by Leadline, but not by a run of this folder", fix)


def _living(system: System, asked: Ask) -> Iterator[Finding]:
    ours = metrics_address.read(system.data_dir)
    if not system.running:
        return
    answer = Answer("nobody") if ours is None else asked(ours.url)
    now_s = time.time()
    told = ""
    if ours is not None and answer.kind == "silent":
        told = f"does not answer: {ours.url} said nothing for {ANSWER_S:g} s"
    elif ours is not None and answer.kind == "run" and answer.started == ours.started:
        bound, since = (STILL_S, answer.told) if answer.told else (pulse.QUIET_S, answer.started)
        if now_s - since > bound:
            told = f"stands still: its metrics answer, but its line has told nothing for {length(now_s - since)}"
    else:  # it serves none, and the file may be of a run that was killed; or it has only begun
        quiet_s = now_s - pulse.last_sign(system.data_dir)
        if quiet_s > pulse.QUIET_S:
            told = (
                f"stands still: it serves no metrics, and has written to neither tape nor store for {length(quiet_s)}"
            )
    if told:
        yield error(
            "run_frozen", f"the live run of this folder {told}",
            "keep its output, end it (SIGTERM, then kill -9) and start it again; with the same -r it resumes",
        )  # fmt: skip


def _unusable(host: str) -> str | None:
    """Return why no port of a host can be had, None where one can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as found:
            found.bind(address)
    except OSError as e:
        return e.strerror or str(e)
    return None


CHECKS = (metrics,)
