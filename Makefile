# The menu. `make help` lists it; anything longer than a few lines is in scripts/ or xtask/.
#
# Everything that is built or downloaded is kept outside the checkout, under $XDG_CACHE_HOME/aetherius (~/.cache/aetherius), so that
# a second clone is quick. To keep it elsewhere: make AETHERIUS_CACHE=/somewhere …, or CARGO_TARGET_DIR for the build alone.

AETHERIUS_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/aetherius
CARGO_TARGET_DIR ?= $(AETHERIUS_CACHE)/target
export AETHERIUS_CACHE CARGO_TARGET_DIR
TOOLS := $(AETHERIUS_CACHE)/tools
CARGO := scripts/cargo
RELEASE := $(CARGO_TARGET_DIR)/release
# What is shipped and measured of the gateway.
DIST := $(CARGO_TARGET_DIR)/dist

# What `make run` gives to `aetherius serve`, such as ARGS="--listen 0.0.0.0:8080", and the scenarios for `make record-cases`.
ARGS ?=
# What the benchmarks are given besides the program and the file for the results, such as BENCH_ARGS="--seconds 60".
BENCH_ARGS ?=
RESULTS ?= bench/results/events.json
GATEWAY_RESULTS ?= bench/results/gateway.json
DASHBOARD_RESULTS ?= bench/results/dashboard.json
# What `make deny` checks; without `advisories` it needs no network.
DENY ?= advisories licenses bans sources

# Where `make install` puts the programs.
PREFIX ?= $(HOME)/.local

# Tests that cannot be made here add a line to this file.
SKIPPED := $(AETHERIUS_CACHE)/skipped-tests

# What the dashboard is made of. Without node_modules it is installed anew.
NPM := scripts/npm.sh
DASHBOARD := dashboard/dist/index.html
DASHBOARD_SOURCES := schema/openapi.json $(shell find dashboard/src dashboard/public dashboard/scripts dashboard/index.html dashboard/*.json dashboard/*.ts -type f)

# Built as the other tests build it: with other packages chosen, dependencies have other features and are built again.
BROWSER_TESTS := $(CARGO) test --workspace --no-run --quiet && printf '\n==> browser tests\n' && \
	AETHERIUS_SKIPPED_TESTS="$(SKIPPED)" AETHERIUS_PROGRAM="$(CARGO_TARGET_DIR)/debug/aetherius" scripts/browser-tests.sh

step = @printf '\n==> %s\n' "$(1)"

.DEFAULT_GOAL := help
# Set-up comes first, also under -j.
.NOTPARALLEL:
.PHONY: help demo demo-clusters run test test-long bench-events bench-crash bench-gateway bench-dashboard coverage cluster record-cases fuzz api-fuzz deny install fmt clean-caches setup setup-test setup-cluster setup-h2spec setup-autobahn release dashboard test-dashboard test-browser screenshots

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: setup release ## Install what is missing, build, and serve on http://127.0.0.1:8080 (ARGS="…" for `aetherius serve`)
	$(call step,aetherius serve $(ARGS))
	@exec "$(RELEASE)/aetherius" serve $(ARGS)

demo: setup release ## Serve with a demonstration that needs no cluster (ARGS="--speed 10" for `aetherius demo`)
	$(call step,aetherius demo $(ARGS))
	@exec "$(RELEASE)/aetherius" demo $(ARGS)

test: setup-test setup-cluster setup-h2spec setup-autobahn test-dashboard ## Check formatting, lints and layers, and run all tests
	$(call step,formatting)
	@$(CARGO) fmt --all --check
	$(call step,lints)
	@$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(call step,layers and words)
	@$(CARGO) run --quiet --package xtask -- tidy
	$(call step,tests)
	@rm -f "$(SKIPPED)"
	@status=0; { AETHERIUS_SKIPPED_TESTS="$(SKIPPED)" $(CARGO) test --workspace && $(BROWSER_TESTS); } || status=$$?; \
	if [ -s "$(SKIPPED)" ]; then printf '\nSKIPPED %s tests:\n' "$$(wc -l <"$(SKIPPED)")"; cat "$(SKIPPED)"; fi; exit $$status

test-dashboard: setup-test dashboard
	$(call step,dashboard: types and tests)
	@$(NPM) run --silent check
	@$(NPM) run --silent test

test-browser: setup-test dashboard ## Drive the dashboard in Chromium, against the real program with a real Alertmanager
	@$(BROWSER_TESTS)

screenshots: setup-test dashboard ## Take pictures of every page of the dashboard, to be looked at (SHOTS=DIR; else in the cache)
	@$(CARGO) test --workspace --no-run --quiet
	$(call step,screenshots)
	@AETHERIUS_PROGRAM="$(CARGO_TARGET_DIR)/debug/aetherius" scripts/browser-tests.sh shots

cluster: setup-test setup-cluster ## Start a Kubernetes cluster without containers, until Ctrl-C (docs/test-cluster.md)
	@$(CARGO) run --quiet --package aetherius-test-cluster -- up

record-cases: setup-test setup-cluster release ## Play testing/scenarios in test clusters and record them as testing/cases (ARGS="NAME …" for some)
	@$(CARGO) run --quiet --package aetherius-test-cluster -- record --program "$(RELEASE)/aetherius" \
		--scenarios testing/scenarios --out testing/cases $(ARGS)

demo-clusters: setup-test ## Pack the recorded cases of the demonstration into the archive that the program carries
	@$(CARGO) run --quiet --package aetherius-execution --example pack_demo

test-long: setup-test setup-cluster setup-h2spec setup-autobahn release ## Run property tests for long, and kill processes 50 times under load (about half an hour)
	$(call step,property tests with 20000 cases each)
	@PROPTEST_CASES=20000 $(CARGO) test --workspace
	$(call step,the command gate: 100000 cases for each property and 1000 commands run by the real kubectl)
	@PROPTEST_CASES=100000 GATE_COMMANDS=1000 $(CARGO) test --package aetherius-execution --lib -- gate:: runner::
	@$(MAKE) --no-print-directory bench-crash

bench-events: setup release ## Measure 1,000 alerts a second, from the POST to the task; results in bench/results/events.json
	$(call step,bench events)
	@"$(RELEASE)/aetherius-bench" events --binary "$(RELEASE)/aetherius" --out "$(RESULTS)" $(BENCH_ARGS)

bench-crash: setup release ## Kill processes 50 times under that load; results in the same file
	$(call step,bench crash)
	@"$(RELEASE)/aetherius-bench" crash --binary "$(RELEASE)/aetherius" --out "$(RESULTS)" $(BENCH_ARGS)

bench-gateway: setup-bench release ## Put agw beside nginx, HAProxy, Envoy and bare Pingora (about 10 minutes); results in bench/results/gateway.json
	@$(CARGO) build --profile dist --package agw --bins --example bare_pingora
	$(call step,bench gateway)
	@"$(RELEASE)/aetherius-bench" gateway --agw "$(DIST)/agw" --bare-pingora "$(DIST)/examples/bare_pingora" \
		--envoy "$(TOOLS)/envoy/envoy" --out "$(GATEWAY_RESULTS)" $(BENCH_ARGS)

bench-dashboard: setup-test release ## Measure the dashboard in Chromium with 5,000 incidents (some minutes); results in bench/results/dashboard.json
	$(call step,bench dashboard)
	@RESULTS="$(abspath $(DASHBOARD_RESULTS))" AETHERIUS_PROGRAM="$(RELEASE)/aetherius" scripts/browser-tests.sh bench

coverage: setup-test setup-cluster ## Show which lines the tests reach; a page to browse is left in the cache
	@$(CARGO) llvm-cov --version >/dev/null 2>&1 || [ -x "$(TOOLS)/bin/cargo-llvm-cov" ] || { \
		printf '\n==> installing cargo-llvm-cov into %s\n' "$(TOOLS)"; \
		$(CARGO) install --locked --root "$(TOOLS)" --target-dir "$(AETHERIUS_CACHE)/tools-build" cargo-llvm-cov; }
	@ls "$$($(CARGO) rustc --quiet --package xtask -- --print sysroot)"/lib/rustlib/*/bin/llvm-profdata >/dev/null 2>&1 || \
		rustup component add llvm-tools
	$(call step,tests with coverage)
	@PATH="$(TOOLS)/bin:$$PATH" $(CARGO) llvm-cov --workspace --html --output-dir "$(AETHERIUS_CACHE)/coverage"
	@PATH="$(TOOLS)/bin:$$PATH" $(CARGO) llvm-cov report --summary-only
	@echo "to browse: $(AETHERIUS_CACHE)/coverage/html/index.html"

fuzz: setup-test ## Feed the gateway's readers with made-up text (FUZZ_SECONDS=600 for longer; needs g++)
	@scripts/fuzz.sh

api-fuzz: setup release ## Put made-up requests to every endpoint of schema/openapi.json (FUZZ_EXAMPLES=500 for more; needs python3)
	$(call step,schemathesis)
	@scripts/schemathesis.sh "$(RELEASE)/aetherius"

# Not a part of `make test`: advisories are cloned from GitHub, and a new one must not turn an unchanged tree red.
deny: setup ## Check advisories, licences and sources of all dependencies (DENY="licenses bans sources" works offline)
	@$(CARGO) deny --version >/dev/null 2>&1 || [ -x "$(TOOLS)/bin/cargo-deny" ] || { \
		printf '\n==> installing cargo-deny into %s (some minutes)\n' "$(TOOLS)"; \
		$(CARGO) install --locked --root "$(TOOLS)" --target-dir "$(AETHERIUS_CACHE)/tools-build" cargo-deny; }
	$(call step,cargo deny check $(DENY))
	@PATH="$(TOOLS)/bin:$$PATH" $(CARGO) deny --all-features check $(DENY)

install: setup release ## Put `aetherius` and `agw` into ~/.local/bin (PREFIX=/usr/local for all users)
	@$(CARGO) build --profile dist --package agw
	$(call step,installing into $(PREFIX)/bin)
	@install -Dm755 -t "$(PREFIX)/bin" "$(RELEASE)/aetherius" "$(DIST)/agw"

dashboard: setup $(DASHBOARD) ## Build the dashboard, which becomes a part of `aetherius`

$(DASHBOARD): dashboard/node_modules/.package-lock.json $(DASHBOARD_SOURCES)
	$(call step,building the dashboard)
	@$(NPM) run --silent build

dashboard/node_modules/.package-lock.json: dashboard/package-lock.json
	$(call step,installing what the dashboard is built with)
	@$(NPM) ci
	@touch $@

fmt: setup-test ## Format all code
	$(call step,cargo fmt)
	@$(CARGO) fmt --all

clean-caches: ## Delete everything that was built or downloaded for it (not ./data)
	$(call step,deleting what is in $(AETHERIUS_CACHE) and $(CARGO_TARGET_DIR))
	@rm -rf $(foreach name,target tools tools-build npm coverage fuzz test-cluster browser-tests screenshots,"$(AETHERIUS_CACHE)/$(name)")
	@[ ! -d "$(CARGO_TARGET_DIR)" ] || $(CARGO) clean

setup:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

setup-bench: setup
	@scripts/setup.sh bench
	@scripts/envoy.sh "$(TOOLS)/envoy"

# Without it most tests still say much; those that need it say that they did not run.
setup-cluster:
	@scripts/test-cluster.sh || printf '\nthere is no test cluster: the tests that need it will be SKIPPED\n'

# The same is true of HTTP/2 conformance.
setup-h2spec:
	@scripts/h2spec.sh || printf '\nthere is no h2spec: the test that needs it will be SKIPPED\n'

# And of that of WebSockets.
setup-autobahn:
	@scripts/autobahn.sh || printf '\nthere is no Autobahn: the test that needs it will be SKIPPED\n'

release: dashboard
	$(call step,release build (the first one takes some minutes))
	@$(CARGO) build --release --package aetherius --package aetherius-bench
