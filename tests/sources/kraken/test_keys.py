"""Where the API key comes from, and that it is not seen."""

import copy
import os
import pickle

import pytest

from leadline.errors import ConfigError
from sources.kraken.keys import Keys, Secret, read_keys

KEY = "Abcd1234567890/KEYKEYKEYKEYKEY+KEYKEYKEYKEYKEYKEYKEYKEY"
SECRET = "c2VjcmV0L3NlY3JldCtzZWNyZXQvc2VjcmV0K3NlY3JldC9zZWNyZXQ="
ENV = {"KRAKEN_API_KEY": KEY, "KRAKEN_API_SECRET": SECRET}


@pytest.fixture
def key_file(tmp_path):
    def make(text=f"{KEY}\n{SECRET}\n", mode=0o600):
        path = tmp_path / "kraken.key"
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    return make


def refused(*given):
    with pytest.raises(ConfigError) as e:
        read_keys(*given)
    text = str(e.value)
    assert "\n" not in text and KEY not in text and SECRET not in text
    return text


def test_the_environment_comes_before_the_file_and_nothing_is_nothing(key_file):
    path = key_file("Filefilefile\n" + SECRET)
    assert read_keys(path, ENV).key.reveal() == KEY
    assert read_keys(path, {}).key.reveal() == "Filefilefile"
    assert read_keys(None, {}) is None and read_keys(None, {"KRAKEN_API_KEY": " ", "KRAKEN_API_SECRET": ""}) is None


def test_half_a_key_is_refused():
    assert "KRAKEN_API_SECRET is not" in refused(None, {"KRAKEN_API_KEY": KEY})
    assert "KRAKEN_API_KEY is not" in refused(None, {"KRAKEN_API_SECRET": SECRET})


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700, 0o606])
def test_a_file_that_others_may_use_is_refused(key_file, mode):
    path = key_file(mode=mode)
    assert f"mode {mode:04o}" in (line := refused(path, {})) and f"chmod 600 {path}" in line


def test_a_file_of_another_user_is_refused(key_file):
    path = key_file()
    if os.geteuid() != 0:
        pytest.skip("only root may give a file away")
    os.chown(path, 12345, -1)
    assert "another user" in refused(path, {})


def test_what_is_no_key_file_is_refused(key_file, tmp_path):
    assert "No such file" in refused(str(tmp_path / "none"), {})
    assert "is no file" in refused(str(tmp_path), {})
    assert "has 1 words" in refused(key_file(KEY), {})
    assert "has 3 words" in refused(key_file(f"{KEY} {SECRET} x"), {})
    assert "not base64" in refused(key_file(f"{KEY}\nnot*base64"), {})
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "is no file" in refused(str(tmp_path / "pipe"), {})
    assert "\0" not in refused("a\0b", {})


def test_a_key_pasted_in_place_of_the_path_is_not_shown():
    assert "must be the path" in refused(SECRET[:44], {})


def test_a_key_that_cannot_be_one_is_refused():
    assert "no printable text" in refused(None, ENV | {"KRAKEN_API_KEY": "a b c d e f g h i"})
    assert "no printable text" in refused(None, ENV | {"KRAKEN_API_KEY": "short"})
    assert "not base64" in refused(None, ENV | {"KRAKEN_API_SECRET": "ab"})


def test_no_repr_shows_more_than_four_characters():
    keys = Keys(KEY, SECRET)
    for text in (repr(keys), str(keys), repr(keys.key), f"{keys.secret}", repr([keys.secret]), repr({"k": keys})):
        assert KEY[:5] not in text and SECRET[:5] not in text
    assert repr(keys) == "Keys('Abcd****')" and repr(Secret("elevenchars")) == "Secret('****')"


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_keys_are_never_pickled(copied):
    keys = Keys(KEY, SECRET)
    for one in (keys, keys.secret, [keys]):
        if copied is not copy.copy or not isinstance(one, list):
            with pytest.raises(TypeError, match="never pickled"):
                copied(one)


def test_a_secret_is_struck_out_of_texts_and_frames_also_where_its_slashes_are_escaped():
    keys = Keys(KEY, SECRET)
    escaped = KEY.replace("/", "\\/")
    assert KEY not in keys.hidden(f"a {KEY} b") and SECRET not in keys.hidden(f"x{SECRET}")
    assert escaped not in keys.hidden(f'"{escaped}"')
    frame = f'{{"a":"{escaped}","b":"{KEY}"}}'.encode()
    hidden = keys.key.hidden_in(frame)
    assert len(hidden) == len(frame) and b"Abcd" not in hidden
    assert keys.key.hidden_in(b"untouched") == b"untouched"
