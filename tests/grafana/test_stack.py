"""The whole stack for real: a flow live against an exchange, scraped by Prometheus, alerts sent by it and Alertmanager.

The slowest test here: a signal needs a whole minute of candles behind the start.
"""

import json
import math
import re
import signal
import struct
import time
from contextlib import closing
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx
import pytest

from cli.main import main
from grafana import draw
from grafana.__main__ import BOARDS
from grafana.asking import ALL, Prometheus, Span, asked, filled, load, panels
from simulator.exchange import Exchange
from simulator.faults import Fault
from tests.grafana.busy import ALL_CANDLES, SOME_SIGNALS, SYMBOLS, analyse, busy
from tests.grafana.labels import CHANNELS, CLOSED, NUMBER
from tests.grafana.stack import (
    alertmanager,
    frozen,
    needs_alertmanager,
    needs_chromium,
    needs_prometheus,
    prometheus,
    until,
)
from tests.ports import free_port
from tests.sinks.alerts.receivers import receiver

pytestmark = [needs_prometheus, needs_alertmanager]

SCRAPE_S = 1.0
LUCK = {"scalping / Setups / I", "scalping / Setups / J"}  # take a loss, and a win and a loss: see test_queries
FAULTY = "XRP/USD"
OF_THE_FAULT = {"ChecksumStorm", "FeedStale", "BookUnsteady"}  # the last where the test takes more than 5 minutes
P99 = "leadline:tick_to_signal_seconds:p99_15m"
OF_A_WHILE = re.compile(r"\b(rate|increase)\(| offset ")
OF_THE_PROCESS = {"Disk free", "Disk", "Memory", "Processor", "Queue"}  # read at the scrape, whatever the line does


@pytest.fixture(scope="module")
def told():
    """What Alertmanager sends, as it comes in."""
    found = []

    class People(BaseHTTPRequestHandler):
        def do_POST(self):
            found.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), People)
    Thread(target=server.serve_forever, daemon=True).start()
    yield found, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def torment_with(exchange, over):
    """Corrupt a message of one symbol again and again, until it is over."""
    while not over.wait(8.0):  # long enough for a fresh book to have come
        exchange.inject(Fault("corrupt", FAULTY, channel="book"))


@pytest.fixture(scope="module")
def stack(tmp_path_factory, told):
    """The flow's run, its metrics' port and a Prometheus that watches it; one symbol's checksums fail."""
    folder, port = tmp_path_factory.mktemp("stack"), free_port()
    with (
        Exchange(SYMBOLS, seed=3, rate=5.0) as exchange,
        receiver() as people,
        busy(folder, exchange, port, people.url) as live,
        alertmanager(folder, told[1]) as manager,
        prometheus(folder, port, alertmanager=manager.url) as server,
    ):
        live.verified(*SYMBOLS)
        asking, over = Prometheus(server.url, SCRAPE_S), Event()
        torment = Thread(target=torment_with, args=(exchange, over))
        torment.start()

        def leave():
            over.set()
            torment.join()
            exchange.stop()

        yield live, port, asking, people, leave
        leave()
        asking.close()


def test_every_query_of_every_panel_returns_points_that_are_numbers(stack):
    live, _, server, *_ = stack
    live.until(lambda: live.rows(ALL_CANDLES), "candles of each symbol")
    assert "3 of 3 symbols analysed" in analyse(live.folder)
    until(lambda: live.rows(SOME_SIGNALS), "a signal with an outcome", 300.0, 1.0)
    queries = [query for name in BOARDS for query in asked(name)]
    assert len(queries) > 60 and set(map(str, queries)) >= LUCK

    def blanks():
        end = time.time()
        span = Span(end - 90, end, SCRAPE_S)
        return [str(query) for query in queries if not server.answer(query, span) and str(query) not in LUCK]

    give_up = time.monotonic() + 400  # the analyzer's gauges look every half minute; the next minute has more signals
    while (blank := blanks()) and time.monotonic() < give_up:
        time.sleep(1)
    assert blank == []
    end = time.time()
    span = Span(end - 90, end, SCRAPE_S)
    values = {str(q): [v for one in server.answer(q, span) for _, v in one.points] for q in queries}
    assert [name for name, found in values.items() if not all(map(math.isfinite, found))] == []


def test_a_fault_of_the_feed_has_reached_people_as_an_alert(stack, told):
    def storms():
        return [a for a in told[0] if a["labels"]["alertname"] == "ChecksumStorm"]

    alert = until(storms, "the alert", 300.0)[0]
    assert alert["status"] == "firing" and {a["labels"]["symbol"] for a in storms()} == {FAULTY}
    assert "fail again and again" in alert["annotations"]["summary"]
    slow = stack[2].get("query", query=f"max_over_time({P99}[1h]) > 0.5")["result"]  # a busy machine's alert is true
    rightly = OF_THE_FAULT | ({"TickToSignalSlow"} if slow else set())
    assert {a["labels"]["alertname"] for a in told[0]} <= rightly


def test_the_run_itself_has_told_people_of_the_same_fault_and_of_its_end(stack):
    people = stack[3]

    def told(title):
        return next((body for body in people.got if body["title"] == f"[SIMULATED] {title}: {FAULTY}"), None)

    assert "checksum mismatch" in until(lambda: told("book lost"), "the loss", 300.0)["message"]
    assert f"{FAULTY}: verified since" in until(lambda: told("book back"), "the return")["message"]
    text = httpx.get(f"http://127.0.0.1:{stack[1]}/metrics", timeout=60).text
    sent = re.search(r'^leadline_alerts_sent_total\{rule="trust_lost"\} (\S+)$', text, re.MULTILINE)
    assert sent and float(sent[1]) >= 1
    assert people.url.partition("://")[2] not in text


def test_every_label_is_of_a_closed_set(stack):
    text = httpx.get(f"http://127.0.0.1:{stack[1]}/metrics", timeout=60).text
    found = {}
    for labels in re.findall(r"^leadline_\w+\{(.*)\} ", text, re.MULTILINE):
        for name, value in re.findall(r'(\w+)="([^"]*)"', labels):
            found.setdefault(name, set()).add(value)
    assert set(found) <= set(CLOSED)
    assert found["channel"] <= CHANNELS and all(NUMBER.fullmatch(le) for le in found["le"])
    assert {name: sorted(of - CLOSED[name]) for name, of in found.items() if CLOSED[name] and of - CLOSED[name]} == {}


def test_it_can_be_watched_in_a_terminal(stack, capsys):
    healthy = set(SYMBOLS) - {FAULTY}

    def books(lines):
        return [line for line in lines if line.startswith(tuple(healthy)) and " verified " in line]

    def lines_of_a_live_frame():
        assert main(["watch", "--once", "--data-dir", str(stack[0].folder / "data")]) == 0
        lines = capsys.readouterr().out.splitlines()
        running = " RUNNING  SIMULATED EXCHANGE, no real prices" in lines[0]
        return lines if running and len(books(lines)) == len(healthy) else None

    lines = until(lines_of_a_live_frame, "a live frame; a loaded machine stands still for seconds")
    assert max(map(len, lines)) <= 100
    for book in books(lines):
        bid, ask = (float(text.replace(",", "")) for text in book.split()[1:3])
        assert 0 < bid < ask


def test_every_rule_is_well_and_every_recording_rule_has_points(stack):
    rules = [rule for group in stack[2].get("rules")["groups"] for rule in group["rules"]]
    recorded = [rule["name"] for rule in rules if rule["type"] == "recording"]
    assert len(rules) > 12 and {rule["health"] for rule in rules} == {"ok"} and len(recorded) > 4

    def empty():
        return [name for name in recorded if not stack[2].get("query", query=name)["result"]]

    until(lambda: not empty(), "points of every recording rule")


def answered(server):
    """Return a time as of which the flow had just answered: on a busy machine a scrape may come too late."""
    (line,) = [query for query in asked("scalping") if query.panel["title"] == "Line"]

    def looked():
        end = time.time()
        return end if [one.points[-1][1] for one in server.answer(line, Span(end - 90, end, SCRAPE_S))] == [1.0] else 0

    return until(looked, "an answer of the flow")


@needs_chromium
@pytest.mark.parametrize("name", BOARDS)
def test_a_board_is_drawn_from_what_its_queries_return(stack, tmp_path, name):
    end, chosen = answered(stack[2]), ALL | {"verdict": "tradable"}
    picture = draw.draw(name, tmp_path, stack[2], Span(end - 90, end, SCRAPE_S), chosen)
    text = (tmp_path / f"{name}.html").read_text()
    titles = [escape(filled(panel["title"], chosen)) for panel in panels(load(name))]
    assert len(titles) > 10 and [title for title in titles if f"<h3>{title}</h3>" not in text] == []
    assert ">up<" in text and ">SIMULATED<" in text
    image = picture.read_bytes()
    assert image.startswith(b"\x89PNG") and struct.unpack(">II", image[16:24]) == (draw.WIDTH, draw.height(name))
    assert len(image) > 50_000, "an empty page takes less"


def test_a_line_that_stands_still_says_so_and_shows_nothing_as_now(stack, tmp_path):
    text = httpx.get(f"http://127.0.0.1:{stack[1]}/metrics").content
    with (
        frozen(text) as port,
        prometheus(tmp_path, port) as server,
        closing(Prometheus(server.url, SCRAPE_S)) as asking,
    ):
        queries = {str(query): query for name in BOARDS for query in asked(name)}
        line, lost = (queries.pop(f"scalping / {title} / A") for title in ("Line", "Books not verified"))
        until(lambda: answers(asking, line) == [2.0], "it stands still")
        end = time.time()
        assert answers(asking, lost) == [len(SYMBOLS)]
        shown = {
            query.panel["title"] for query in queries.values() if not OF_A_WHILE.search(query.target["expr"])
            for one in asking.answer(query, Span(end - 5, end, SCRAPE_S)) if one.points[-1][0] > end - SCRAPE_S / 2
        }  # fmt: skip
        assert shown <= OF_THE_PROCESS | {"Line", "Books not verified", "Trades not verified"}


def answers(server, query):
    """What a panel says as of now: the last value of each series of its query."""
    end = time.time()
    return [one.points[-1][1] for one in server.answer(query, Span(end - 90, end, SCRAPE_S))]


def test_an_exchange_that_is_gone_leaves_nothing_of_its_books_as_now_and_a_red_number(stack):
    server, leave = stack[2], stack[4]
    queries = {query.panel["title"]: query for query in [*asked("feed_health"), *asked("scalping")]}
    of = {title: partial(answers, server, queries[title]) for title in (
        "Line", "Books not verified", "HFT score now", "Oldest book")}  # fmt: skip
    leave()
    until(lambda: of["Books not verified"]() == [len(SYMBOLS)], "every book lost")
    gone = ([1.0], [], [])
    until(lambda: (of["Line"](), of["HFT score now"](), of["Oldest book"]()) == gone, "nothing as now")


def test_a_flow_that_was_killed_shows_nothing_as_now(stack):
    live, _, server, *_ = stack
    live.stop(signal.SIGKILL)
    queries = {query.panel["title"]: query for query in asked("scalping") if query.panel["type"] == "stat"}
    line = queries.pop("Line")
    until(lambda: answers(server, line) == [0.0], "the line down")

    def shown():
        return {title: found for title, query in queries.items() if (found := answers(server, query))}

    until(lambda: not shown(), f"nothing as now of {list(queries)}", 30.0)  # what is recorded is a round behind
