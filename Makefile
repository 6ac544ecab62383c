# The two commands of the README are `make run` and `make test`; each installs
# what it lacks. `make help` lists the rest. Every recipe works in a clean
# checkout and asks nothing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO          ?= go
PROFILE     ?= quick
ARGS        ?=
BENCH       ?= .
PUBLISHED   := reference hub physics rivals tab screen
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BENCHSTAT   := golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
# Stamping the commit fails outright where git distrusts the checkout's owner.
BUILDVCS    := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)
# Debian's compiler, even where rustup's comes first in PATH: one build, one compiler.
RUST        := PATH=/usr/bin:$$PATH RUSTC=/usr/bin/rustc /usr/bin/cargo
# The scalar back end must not become a vector one behind our back.
SCALAR      := -Cno-vectorize-loops -Cno-vectorize-slp
# Under the race detector the WebAssembly engine and the pictures take minutes
# and share no Go memory between goroutines; everything else runs.
NOT_RACED   := /scenarios|/cmd/|/app$$|/internal/(figure|doc|ladder)$$

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## measure every transport and draw the report (PROFILE=quick, standard or paper, ARGS=more flags)
	./copytax run --all --profile $(PROFILE) $(ARGS)

.PHONY: test
test: tools check unit race portable rust model neon browser duplicates plugins stale compare-build ## everything that CI checks, after installing what is missing
	@echo "make test: all passed"

.PHONY: build
build: prerequisites ## build ./copytax; needs Go and nothing else
	$(GO) build -buildvcs=$(BUILDVCS) -o copytax ./cmd/copytax

.PHONY: prerequisites
prerequisites:
	@scripts/bootstrap.sh run

.PHONY: tools
tools: ## install by apt what the tests and the generators need
	scripts/bootstrap.sh test

.PHONY: check
check: ## gofmt, go vet, staticcheck, go.mod
	@changed=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .); test -z "$$changed" || { echo "gofmt would change: $$changed" >&2; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

.PHONY: engine
engine: tools ## build the native engine, for copytax run --placement go,native,go
	cd rust && $(RUST) build --release --locked -p flock-engine

.PHONY: unit
unit: engine ## the Go tests
	$(GO) test -timeout 20m ./...

.PHONY: plugins
plugins: build ## build a copytax with the modules of examples/, run what they add, refuse what does not go together
	scripts/plugins.sh ./copytax

.PHONY: race
race: ## the Go tests under the race detector, where it can see
	CGO_ENABLED=1 $(GO) test -race -short $$($(GO) list ./... | grep -vE '$(NOT_RACED)')

.PHONY: portable
portable: ## build for every system, and read published runs on one that is not Linux
	GO=$(GO) scripts/portable.sh

.PHONY: rust
rust: ## the Rust format, lints and tests
	cd rust && PATH=/usr/bin:$$PATH /usr/bin/cargo fmt --all --check
	cd rust && $(RUST) clippy --workspace --all-targets --locked -- -D warnings
	cd rust && $(RUST) test --workspace --locked

.PHONY: model
model: ## the hub's protocol in Rust under loom, which runs every interleaving up to a bound
	cd rust && RUSTFLAGS="--cfg loom" $(RUST) test --locked -p hub --test loom --target-dir target/loom

.PHONY: neon
neon: ## the NEON back end of the physics, in an emulator
	scripts/neon.sh

.PHONY: browser
browser: ## the JavaScript host and the TypeScript, checked and tested; what needs a browser is among the Go tests
	cd browser && npm ci --silent --no-audit --no-fund --ignore-scripts && npm test --silent
	tests=$$(mktemp -d) && trap 'rm -rf "$$tests"' EXIT && $(GO) run ./internal/bundle -tests "$$tests" && \
		node --test --test-timeout=120000 "$$tests"

.PHONY: duplicates
duplicates: ## fail where handwritten code is there twice more often than is recorded
	scripts/duplicates.sh

.PHONY: stale
stale: build ## fail where a generated file, a published report or the README is not current
	for run in $(PUBLISHED); do \
		./copytax verify results/$$run; \
		( again=$$(mktemp -d) && trap 'rm -rf "$$again"' EXIT && \
			./copytax report results/$$run --out "$$again/$$run" && diff -rq reports/$$run "$$again/$$run" ); \
	done
	$(GO) run ./internal/gen -check
	$(GO) run ./internal/gen/pages -check
	$(GO) run ./internal/bundle -check
	scripts/codegen.sh --check
	scripts/wasm.sh --check
	scripts/readme.sh --check
	scripts/benchfmt.sh $(BENCHSTAT)
	scripts/recompute.sh reference tab
	scripts/contributing.sh

.PHONY: generate
generate: tools ## rebuild the committed WebAssembly module and everything that is generated
	$(GO) run ./internal/gen
	$(GO) run ./internal/gen/pages
	scripts/codegen.sh
	cd browser && npm ci --silent --no-audit --no-fund --ignore-scripts
	$(GO) run ./internal/bundle
	scripts/examples.sh
	scripts/wasm.sh

.PHONY: bench
bench: ## the Go benchmarks (BENCH=pattern), five rounds
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count 5 ./...

.PHONY: workers
workers: build tools # the native back ends: as Rust builds them, and without vectors that nobody wrote
	cd rust && $(RUST) build --quiet --release --locked -p flock-native
	cd rust && RUSTFLAGS="$(SCALAR)" $(RUST) build --quiet --release --locked -p flock-native --target-dir target/scalar

.PHONY: physics
physics: workers ## how fast the physics is, where its time goes, how far it is from the machine's limit (PROFILE, ARGS)
	./copytax run --scenario physics --profile $(PROFILE) $(ARGS)

.PHONY: rivals
rivals: tools build ## the hub beside iceoryx2, shmipc-go and a socket (PROFILE, ARGS)
	scripts/rivals.sh --profile $(PROFILE) $(ARGS)

.PHONY: versus
versus: build ## compare the CPU of two builds, for a change that should cost nothing (OLD=program, NEW=./copytax, ARGS)
	@test -n "$(OLD)" || { echo "make versus: say which program to compare with: OLD=PROGRAM" >&2; exit 2; }
	./copytax compare --build "$(OLD)" --build "$(or $(NEW),./copytax)" $(ARGS)

.PHONY: compare-build
compare-build: build ## a few seconds of versus with a wide limit: a build that costs four times as much fails (OLD=program)
	./copytax compare --build "$(or $(OLD),./copytax)" --build ./copytax --transport unix+raw --boids 100 --pairs 8 --limit 4

.PHONY: soak
soak: workers ## the long versions of the tests: simulations and many ticks (an hour and a half)
	COPYTAX_SOAK=1 COPYTAX_NATIVE=$(CURDIR)/rust/target/release/flock-worker $(GO) test -count 1 -timeout 120m ./...
	cd rust && $(RUST) test --release --locked -p flock -- --ignored --test-threads 2
	cd rust && $(RUST) test --locked -p hub -- --ignored --test-threads 2
	cd rust && RUSTFLAGS="--cfg loom" $(RUST) test --locked -p hub --test loom --target-dir target/loom -- --ignored

.PHONY: fuzz
fuzz: ## every fuzz target for half a minute (FUZZTIME=30s)
	scripts/fuzz.sh

.PHONY: conformance
conformance: ## the conformance kit against every transport
	$(GO) test -count 1 -v ./transports/...

.PHONY: doctor
doctor: build ## what this machine can and cannot measure
	./copytax doctor

.PHONY: report
report: build ## draw the report of a run again (RUN=results/NAME)
	@test -n "$(RUN)" || { echo "make report: say which run: RUN=results/NAME" >&2; exit 2; }
	./copytax report $(RUN)

.PHONY: reference
reference: build ## replace a published run and its report by a new standard run (RUN=reference, hub, physics or rivals)
	scripts/reference.sh $(or $(RUN),reference)

.PHONY: readme
readme: ## fill the README's table from reports/reference
	scripts/readme.sh

.PHONY: clean
clean: ## remove what was built; results and reports stay
	rm -rf copytax rust/target browser/node_modules rivals/bin rivals/iceoryx2/target
