"""The command line: what it prints, and that every error is one line and an exit code."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from cli import run
from cli.main import COMMANDS, main, parser
from flows import modes
from sinks import catalog
from tests.sinks.lake_rows import row
from tests.sinks.stores import ask, new_store, put

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(here):
    """A store with three signals, in the default data folder."""
    put(new_store(here / "data"), [row("signals", i, symbol=s) for i, s in enumerate(("A/B", "C/D", "A/B"))], 1000)
    return here / "data"


def test_config_says_where_each_value_came_from(here, capsys, monkeypatch):
    (here / "trading_config.json").write_text('{"fees": {"profile": "kraken_futures"}} // mine')
    monkeypatch.setenv("LEADLINE__METRICS__PORT", "9999")
    assert main(["config"]) == 0
    lines = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    assert lines["fees.profile"] == ['"kraken_futures"', "file"]
    assert lines["metrics.port"] == ["9999", "environment"]
    assert lines["storage.data_dir"] == ['"data"', "default"]


def test_config_answers_a_program(here, capsys):
    assert main(["config", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics.port"] == {"value": 9464, "origin": "default"}


def test_a_bad_setting_is_an_error_without_a_traceback(here, capsys):
    (here / "trading_config.json").write_text('{"fees": {"profil": "x"}}')
    assert main(["config"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("leadline: ") and "fees.profil" in err and err.count("\n") == 1


def test_signals_are_listed_newest_last(store, capsys):
    assert main(["signals"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and "16:00:02" in lines[-1] and "break" in lines[0]


def test_signals_of_a_simulated_exchange_are_not_called_live_alone(here, capsys):
    put(new_store(here / "data"), [row("signals", 0, mode="live", venue="simulator")], 1000)
    assert main(["signals"]) == 0
    head, told = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["ts", "mode", "market"] and "SIMULATED" in told


def test_signals_answer_a_program_with_every_column(store, capsys):
    assert main(["signals", "--json", "-n", "1", "--symbol", "C/D"]) == 0
    (signal,) = json.loads(capsys.readouterr().out)
    assert signal["signal_id"] == "id1" and signal["ts"] == "2025-11-24T16:00:01.000000Z"
    assert signal["reasons"] == ["score_ratio"]


def test_a_store_without_signals_says_so(here, capsys):
    new_store(here / "other")
    assert main(["signals", "--data-dir", "other"]) == 0
    assert capsys.readouterr().out == "no signals yet\n"


@pytest.mark.parametrize("command", [["signals"], ["export", "x.duckdb"], ["catalog", "refresh"]])
def test_a_missing_store_is_one_line(here, capsys, command):
    assert main([*command, "--data-dir", "nowhere"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("leadline: there is no store in 'nowhere'") and err.count("\n") == 1
    assert not (here / "nowhere").exists()


def test_export_writes_real_tables(store, capsys):
    assert main(["export", "out.duckdb", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"]["signals"] == 3
    with duckdb.connect("out.duckdb", read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM signals").fetchall() == [(3,)]


def test_export_never_overwrites_unasked(store, capsys):
    Path("out.duckdb").write_text("precious")
    assert main(["export", "out.duckdb"]) == 1
    assert "exists" in capsys.readouterr().err and Path("out.duckdb").read_text() == "precious"
    assert main(["export", "out.duckdb", "--force"]) == 0
    assert main(["export", "data/leadline.duckdb", "--force"]) == 1
    assert ask(store, "SELECT count(*) FROM signals") == [(3,)]


def test_catalog_refresh_mends_a_moved_store(store, here, capsys):
    shutil.move(store, here / "moved")
    assert main(["catalog", "refresh", "--data-dir", "moved"]) == 0
    assert str(here / "moved" / "lake") in capsys.readouterr().out
    assert ask(here / "moved", "SELECT count(*) FROM signals") == [(3,)]


def test_the_store_is_read_while_another_process_holds_the_catalog(store, capsys):
    with duckdb.connect(str(catalog.path(store))):
        assert main(["signals"]) == 0


@pytest.mark.parametrize(
    "command", [[], ["fly"], ["signals", "-n", "0"], ["run", "--mode", "deep"], ["doctor", "--fast"]]
)
def test_wrong_usage_is_exit_code_two(capsys, command):
    with pytest.raises(SystemExit) as e:
        main(command)
    assert e.value.code == 2 and capsys.readouterr().err.startswith("usage: leadline")


def test_every_command_says_what_it_does(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    names = [command.__name__.rpartition(".")[2] for command in COMMANDS]
    assert all(f"    {name} " in text for name in names)


def test_run_hands_the_engines_options_to_the_scalper():
    arguments = parser().parse_args(["run", "--mode", "hybrid", "--recovery", "state/deep", "--snapshot-seconds", "3"])
    assert run.recovery(arguments) == ["-r", "state/deep", "-s", "3", "-b", "0"]
    assert run.recovery(parser().parse_args(["run"])) == []
    assert run.MODES == modes.MODES


def test_a_closed_pipe_is_no_error(here):
    new_store(here / "data")
    command = [sys.executable, "-m", "cli.main", "config"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE, env=environment, text=True) as process:
        os.close(write)
        assert process.communicate(timeout=300)[1] == "" and process.returncode == 0


HELP = """
import sys
from contextlib import suppress
from cli.main import main
with suppress(SystemExit):
    main(["--help"])
print(*sorted({"bytewax", "duckdb", "httpx", "numpy", "plotly", "pyarrow", "pydantic"} & set(sys.modules)))
"""


def test_help_loads_none_of_the_large_libraries():
    done = subprocess.run([sys.executable, "-c", HELP], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: leadline") and done.stdout.endswith("\n\n")


def test_a_json_value_that_has_no_form_is_a_fault():
    from cli.store import print_json

    with pytest.raises(TypeError):
        print_json(argparse.Namespace())
