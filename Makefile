# Leadline. `make help` says what there is; docs/operations.md has the commands without make.
# PYTHON=/path/to/python3.11 chooses the interpreter.

VENV := .venv
BIN := $(VENV)/bin
PINS := uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11

export RUST_BACKTRACE := 0# the engine's report of an error stays readable

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo test check format bench golden pictures pins clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '%-18s %s\n' "$$name" "$$text"; done

setup: $(VENV)/.ready ## install what running needs, into .venv
setup-dev: $(VENV)/.ready-dev ## install what working on Leadline needs, too

$(VENV)/.ready: requirements.txt requirements-uv.txt pyproject.toml .ci/venv
	@echo "setting up $(VENV) (once)"
	@sh .ci/venv $(VENV) requirements.txt
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt requirements-uv.txt pyproject.toml .ci/venv
	@echo "setting up $(VENV) for development (once)"
	@sh .ci/venv $(VENV) requirements-dev.txt
	@touch $(VENV)/.ready $@

run: setup ## the main job; on the embedded market unless trading_config.json says otherwise
	@$(BIN)/python -m bytewax.run flows.scalp

DEMO_MODE ?= scalping# or hybrid: the analyses, too, of the made-up past that the exchange tells
DEMO_PORT ?= 8765
DEMO_REST_PORT ?= $(shell expr $(DEMO_PORT) + 1)
DEMO_LEVEL3_PORT ?= $(shell expr $(DEMO_PORT) + 2)
DEMO_KEY := data/demo/exchange.key# of our own exchange, made by it
DEMO_SETTINGS := LEADLINE__FEED__SOURCE=kraken LEADLINE__FEED__URL=ws://127.0.0.1:$(DEMO_PORT) \
  LEADLINE__FEED__REST_URL=http://127.0.0.1:$(DEMO_REST_PORT) \
  LEADLINE__FEED__LEVEL=L3 LEADLINE__FEED__LEVEL3_URL=ws://127.0.0.1:$(DEMO_LEVEL3_PORT) \
  LEADLINE__FEED__KEY_FILE=$(DEMO_KEY) \
  LEADLINE__FEED__VENUE=simulator LEADLINE__FEED__SYMBOLS=BTC/USD,ETH/USD,XRP/USD LEADLINE__SCALPING_ENGINE__ENABLED=true \
  LEADLINE__ULTIMATE_ANALYZER__SYMBOLS=BTC/USD,ETH/USD,XRP/USD \
  LEADLINE__STORAGE__DATA_DIR=data/demo

demo: setup ## live, against an exchange of our own, until Ctrl-C; with the analyzer: DEMO_MODE=hybrid
	@$(BIN)/python -c "$$FREE_PORTS" $(DEMO_PORT) $(DEMO_REST_PORT) $(DEMO_LEVEL3_PORT)
	@mkdir -p data/demo; $(BIN)/python -m simulator.exchange --port $(DEMO_PORT) --rest-port $(DEMO_REST_PORT) \
	  --level3-port $(DEMO_LEVEL3_PORT) --key-file $(DEMO_KEY) & exchange=$$!; \
	trap 'kill $$exchange 2>/dev/null; wait $$exchange 2>/dev/null' EXIT; trap : INT TERM; \
	$(BIN)/python -c "$$WAIT_FOR_PORT" $(DEMO_PORT) && $(DEMO_SETTINGS) $(BIN)/python -m cli.main run --mode $(DEMO_MODE)

define FREE_PORTS
import socket, sys
for port in sys.argv[1:]:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", int(port)))
        except OSError:
            sys.exit("port " + port + " is taken: try make demo DEMO_PORT=" + str(int(sys.argv[1]) + 10))
endef
export FREE_PORTS

define WAIT_FOR_PORT
import socket, sys, time
for attempt in range(100):
    try:
        sys.exit(socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close())
    except OSError:
        time.sleep(0.1)
sys.exit("the exchange did not start")
endef
export WAIT_FOR_PORT

test: setup-dev ## the tests
	@$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder

check: setup-dev ## what CI runs: format, lint, types, tests, coverage of the core
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --hypothesis-profile=ci --numprocesses=2 --dist=loadfile --no-loadscope-reorder --cov --cov-report=term

format: setup-dev ## format, and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-dev ## the benchmarks; each prints a table
	@$(BIN)/python -m benchmarks

pictures: setup-dev ## the documents' pictures anew, ten minutes; needs prometheus and chromium; look at each
	@$(BIN)/python -m tests.grafana.pictures

golden: setup-dev ## make the golden files anew; review them as a diff
	@$(BIN)/python -m tests.golden

pins: ## resolve the requirements files anew (needs uv)
	UV_CUSTOM_COMPILE_COMMAND="make pins" $(PINS) --fork-strategy fewest --extra build pyproject.toml -o requirements.txt
	UV_CUSTOM_COMPILE_COMMAND="make pins" $(PINS) --fork-strategy fewest --extra build --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	echo uv | UV_CUSTOM_COMPILE_COMMAND="make pins" $(PINS) - -o requirements-uv.txt

clean: ## remove the environment and caches; data and configuration stay
	rm -rf $(VENV) .python build leadline.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
