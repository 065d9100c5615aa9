"""Backfilling history from a venue that limits, drops, breaks off and restarts: all of it, once, gaps told."""

import json
from contextlib import closing
from http.server import ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from cli.history import since
from cli.main import main
from flows.history_backfill import Plan, backfill
from leadline.errors import FeedError, StoreError
from leadline.times import DAY_NS, MINUTE_NS
from simulator.rest import answer, handler
from simulator.tokens import TokenOffice
from simulator.venue import Venue
from sinks.history_writer import writing
from sources.history_rest import HistoryClient
from sources.kraken.rest import RestClient

START_NS = 1_750_000_020 * 10**9 // MINUTE_NS * MINUTE_NS
END_NS = START_NS + 6 * MINUTE_NS
SYMBOL = "BTC/USD"
PAGE, NEWEST = 60, 2  # trades a page, and candles of OHLC: as if the market were a long one


@pytest.fixture(scope="module")
def venue():
    venue = Venue([SYMBOL], seed=5, predictability=0.5, rate=1.0, start_ns=START_NS)
    floor = venue.floors[SYMBOL]
    while floor.due_ns < END_NS + 30 * 10**9:
        floor.step(floor.due_ns)
    return venue


class Server:
    """The venue's REST, with a plan of what happens to each request: ok, and ok again when the plan is over."""

    def __init__(self, venue, plan=()):
        self.venue, self.plan, self.asked = venue, list(plan), []
        self.lost_ids = set()
        self.port = 0
        self.start()

    def start(self):
        server = self

        class Handler(handler(self.venue, TokenOffice([]))):
            def do_GET(self):
                what = server.plan.pop(0) if server.plan else "ok"
                if what == "drop":
                    self.close_connection = True
                elif what == "half":
                    self.send_response(200)
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    self.wfile.write(b'{"error":[],')
                    self.close_connection = True
                elif what.isdigit():
                    self.send_error(int(what))
                else:
                    self._send({"error": [what]} if what != "ok" else server.answer(self.path))

        self.http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_port
        Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()

    def answer(self, path):
        parts = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.asked.append((parts.path.rpartition("/")[2], int(query.get("since", 0))))
        found = answer(self.venue, parts.path, query | {"count": str(PAGE)}, END_NS)
        if "interval" in query and "result" in found:
            found["result"] = {k: v[-NEWEST - 1 :] if isinstance(v, list) else v for k, v in found["result"].items()}
        elif "result" in found:
            rows = found["result"]["XBTUSD"]
            found["result"]["XBTUSD"] = [row for row in rows if row[6] not in self.lost_ids]
        return found


@pytest.fixture
def server(venue):
    server = Server(venue)
    yield server
    server.stop()


def run(server, data_dir, since_ns=START_NS, sleep=lambda seconds: None, tries=8):
    url = f"http://127.0.0.1:{server.port}"
    with closing(RestClient(url, sleep=lambda seconds: None)) as rest, writing(data_dir, "simulator", "w") as writer:
        client = HistoryClient(rest, sleep, waits_s=[0.01] * tries)
        plan = Plan(("1m",), since_ns, url)
        (report,) = backfill([SYMBOL], plan, client, writer, lambda: END_NS + 5 * 10**9)
        rows = writer.connection.execute(
            "SELECT epoch_ns(open_time), open, high, low, close, round(volume, 8), n_trades FROM candles ORDER BY 1"
        ).fetchall()
        trades = writer.connection.execute("SELECT trade_id FROM trades ORDER BY ts, trade_id").fetchall()
    return report, rows, [trade_id for (trade_id,) in trades]


def official(venue):
    rows = venue.floors[SYMBOL].candles.rows(END_NS)[:-1]
    return [
        (open_s * 10**9, *map(float, prices), round(float(volume), 8), n)
        for open_s, *prices, _, volume, n in rows
        if open_s * 10**9 >= START_NS
    ]


def test_everything_comes_once_through_limits_drops_and_a_restart(server, venue, data):
    server.plan = [
        "EAPI:Rate limit exceeded",
        "ok",
        "429",
        "ok",
        "drop",
        "ok",
        "half",
        "502",
        "EService:Busy",
        "ok",
        "ok",
    ]
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            server.stop()
            server.start()

    report, rows, trades = run(server, data, sleep=sleep)
    assert rows == official(venue) and len(rows) == 6
    assert report.gaps == {"1m": []} and len(waits) == 6
    assert report.candles["1m"].added == NEWEST and report.minutes.added == 6 - NEWEST
    assert len(trades) > 3 * PAGE and trades == list(range(trades[0], trades[0] + len(trades)))
    again, rows, _ = run(server, data)
    assert rows == official(venue)
    assert (again.candles["1m"].added, again.candles["1m"].known, again.trades.added) == (0, NEWEST, 0)


def test_what_was_interrupted_goes_on_where_it_was(server, venue, data):
    server.plan = ["ok"] * 4 + ["EAPI:Rate limit exceeded"] * 9
    with pytest.raises(FeedError, match="the same command goes on from there"):
        run(server, data)
    server.asked = []
    _, rows, trades = run(server, data)
    assert rows == official(venue) and len(set(trades)) == len(trades)
    first_asked = next(since_ns for path, since_ns in server.asked if path == "Trades")
    assert first_asked > START_NS and (first_asked + 1) % MINUTE_NS == 0


def test_what_the_venue_lacks_stays_a_gap_and_is_told(server, venue, data):
    ids = [
        trade.trade_id for stamp_ns, trade in venue.floors[SYMBOL].trades._trades if stamp_ns < START_NS + MINUTE_NS * 2
    ]
    server.lost_ids = {ids[-3]}
    report, rows, _ = run(server, data)
    (gap,) = report.gaps["1m"]
    assert (gap.from_ns, gap.to_ns, gap.n_bars) == (START_NS + MINUTE_NS, START_NS + 2 * MINUTE_NS, 1)
    assert rows == [row for row in official(venue) if row[0] != gap.from_ns]


def test_before_the_market_began_there_is_a_gap_not_a_flat_line(server, venue, data):
    report, rows, _ = run(server, data, since_ns=START_NS - 30 * MINUTE_NS)
    assert [(gap.to_ns, gap.n_bars) for gap in report.gaps["1m"]] == [(START_NS, 30)]
    assert rows == official(venue)


def test_a_symbol_that_the_venue_does_not_list_is_an_error_at_once(server, data):
    server.plan = ["EQuery:Unknown asset pair"]
    with pytest.raises(FeedError) as e:
        run(server, data)
    said = f"BTC/USD: http://127.0.0.1:{server.port} does not list the pair XBTUSD (EQuery:Unknown asset pair)"
    assert str(e.value) == said


@pytest.mark.parametrize("what", ["OHLC", "Trades"])
def test_a_price_or_size_that_no_market_has_is_an_error_that_says_so(server, data, what, monkeypatch):
    honest = server.answer

    def absurd(path):
        found = honest(path)
        for row in next(rows for rows in found["result"].values() if isinstance(rows, list)):
            if f"/{what}" in path:
                row[6 if what == "OHLC" else 1] = "1e300"
        return found

    monkeypatch.setattr(server, "answer", absurd)
    with pytest.raises(FeedError, match=f"{SYMBOL}: {what} of .* that no market has"):
        run(server, data)


def test_the_command_says_what_came_and_what_is_missing(server, tmp_path, data, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADLINE__FEED__REST_URL", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("LEADLINE__FEED__VENUE", "simulator")
    command = ["history", "backfill", "xbt/usd", "--timeframe", "1m", "--data-dir", str(data), "--json"]
    assert main(command) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["symbol"] == SYMBOL and report["candles"]["1m"] == {"added": NEWEST, "known": 0, "differ": 0}
    assert len(report["gaps"]["1m"]) == 1  # from then to now
    assert main(["history", "list", "--data-dir", str(data), "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["venue"], listed["origins"], listed["bars"]) == ("simulator", ["rest"], NEWEST)
    assert main([*command, "--timeframe", "12h"]) == 1
    assert "no 12h candles" in capsys.readouterr().err


def test_since_is_a_date_or_days_back_and_not_the_future():
    now_ns = START_NS
    assert since("30d", now_ns) == now_ns - 30 * DAY_NS
    assert since("2025-01-01T00:00:00+01:00", now_ns) == 1_735_686_000 * 10**9
    for wrong, said in (("soon", "is no time"), ("2030-01-01", "in the future")):
        with pytest.raises(StoreError, match=said):
            since(wrong, now_ns)
