"""A visit to a websocket: what it says, how far its clock is, and a line where it does not answer."""

import json
import threading
from contextlib import contextmanager

import pytest
from websockets.sync.server import serve

from leadline.errors import FeedError
from sources.kraken.probe import Bounds, Visit, visit

STATUS = json.dumps({"channel": "status", "type": "update", "data": [{"system": "post_only"}]})


@contextmanager
def answering(*frames):
    """Greet with a status, then answer a ping with these frames."""

    def talk(socket):
        socket.send(STATUS)
        socket.recv()
        for frame in frames:
            socket.send(frame)
        socket.recv()

    with serve(talk, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def test_a_pong_bounds_how_far_our_clock_is_ahead():
    pong = json.dumps(
        {"method": "pong", "time_in": "1970-01-01T00:00:10.000000Z", "time_out": "1970-01-01T00:00:11.5Z"}
    )
    ours = iter([12_000_000_000, 12_500_000_000, 14_000_000_000])  # sent; the status; the pong
    with answering(pong) as url:
        assert visit(url, 5.0, lambda: next(ours)) == Visit("post_only", Bounds(2.0, 2.5))


@pytest.mark.parametrize("frame", ['{"error":"Unknown method ping"}', '{"method":"pong","time_in":"now"}'])
def test_a_venue_that_does_not_tell_its_time_is_still_there(frame):
    with answering("[]", frame) as url:
        assert visit(url, 5.0) == Visit("post_only", None)


def test_silence_after_the_greeting_ends_the_visit():
    with answering() as url:
        assert visit(url, 0.3) == Visit("post_only", None)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1", "http://127.0.0.1", "nonsense", "ws://127.0.0.1:99999"])
def test_an_address_that_does_not_answer_is_one_line(url):
    with pytest.raises(FeedError) as e:
        visit(url, 1.0)
    assert "\n" not in str(e.value) and url in str(e.value)
