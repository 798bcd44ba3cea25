# Two commands matter: `make run` and `make test`. ARGS adds options: make test ARGS="-k handshake"

.DEFAULT_GOAL := help
.PHONY: help run test check docs replay bench bench-console lock image-trial clean environment environment-dev chromium
.NOTPARALLEL:

BIN := .venv/bin
PACKAGES = accounts api charging csms drivers firmware gateway jobs live onboarding simulator smartcharging stations
CHECKED = $(PACKAGES) $(wildcard tests benchmarks scripts docker) manage.py
# More than cores: tests wait for sockets and browsers.
WORKERS ?= $(shell expr $$(nproc) \* 2)
# On a busy machine a test of several processes may meet a moment that no user meets. It gets a second try and is then
# named as RERUN with what it said first, to be understood; what fails twice fails.
TRIES := --reruns 1 --max-suite-reruns 10 --rerun-show-tracebacks
# Elsewhere switched off to save space; the suite starts a hundred processes, and each would compile our code again.
test: export PYTHONDONTWRITEBYTECODE :=
# What is started goes when make goes, also after kill -9.
TIED := $(shell command -v setpriv >/dev/null && echo setpriv --pdeathsig TERM --)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \t\2/p' Makefile

run: environment ## start everything with a demo network; Ctrl-C stops it
	@exec $(TIED) $(BIN)/python -m csms.embedded run $(ARGS)

# The checks run beside the tests. They are silent when all is well, so that the last line is that of the tests.
test: environment-dev chromium ## the checks and the whole test suite; fails when either does
	@said=$$(mktemp); \
	$(TIED) $(MAKE) --no-print-directory check >"$$said" 2>&1 & \
	$(TIED) $(BIN)/python -m csms.embedded exec -- $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TRIES) $(ARGS); tested=$$?; \
	wait $$!; checked=$$?; \
	[ $$checked -eq 0 ] || { cat "$$said" >&2; echo "The checks failed, see above." >&2; }; \
	rm -f "$$said"; exit $$((tested || checked))

check: environment-dev ## style, types, layers, migrations, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(CHECKED)
	$(BIN)/lint-imports
	@$(BIN)/python -m csms.embedded exec -- $(BIN)/python manage.py makemigrations --check --dry-run
	@sh scripts/check-migration-names.sh
	@find $(PACKAGES) -path '*/templates/*' -name '*.html' -print0 | xargs -0 --no-run-if-empty $(BIN)/djade --check --target-version 5.2

docs: environment-dev ## write the generated parts of docs/
	$(BIN)/python -m scripts.ocpp_coverage
	$(BIN)/python -m scripts.repairs_page
	$(BIN)/python -m scripts.quirks_page
	$(BIN)/python -m scripts.roles_page

replay: environment-dev ## what this release makes of a station's frames: FIXTURE=frames.jsonl, see docs/replay.md
	@exec $(TIED) $(BIN)/python -m csms.embedded exec -- $(BIN)/python manage.py replay "$(FIXTURE)"

bench: environment-dev ## what the gateway does: steady state, closed loop, storm, commands; eight minutes
	@exec $(TIED) $(BIN)/python -m csms.embedded exec --durable -- $(BIN)/python -m benchmarks $(ARGS)

bench-console: environment-dev ## every page of the console with a whole network's data; ARGS="--scale 0.01" for a look
	@exec $(TIED) $(BIN)/python -m csms.embedded exec --durable -- $(BIN)/python -m benchmarks.console $(ARGS)

lock: environment-dev ## requirements*.txt from requirements*.in
	$(BIN)/uv pip compile --universal --fork-strategy fewest --generate-hashes --no-emit-find-links --no-emit-index-url --python-version 3.11 -q -o requirements.txt requirements.in
	$(BIN)/uv pip compile --universal --fork-strategy fewest --generate-hashes --no-emit-find-links --no-emit-index-url --python-version 3.11 -q -o requirements-dev.txt requirements-dev.in

image-trial: environment-dev ## the Dockerfile's steps and the compose file's roles, without an engine (as root)
	$(BIN)/python scripts/build_image.py --then unshare --net -- $(BIN)/python scripts/try_image.py

clean: ## remove the environment and all caches; var/ with its data stays
	rm -rf .venv .venv.lock staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@PYTHON="$(PYTHON)" sh scripts/environment.sh run

environment-dev:
	@PYTHON="$(PYTHON)" sh scripts/environment.sh dev

chromium:
	@sh scripts/chromium.sh
