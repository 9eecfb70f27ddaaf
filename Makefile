# Every job of the project has a target here; `make help` lists them.

SHELL := /bin/bash
CARGO ?= cargo
# DEBUG=1 builds the libraries without optimisation and with debug assertions.
DEBUG ?= 0

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
export PREFIX LIBDIR INCLUDEDIR DESTDIR CARGO

# Not bash's own variable: how long `make fuzz` and `make soak` run.
FUZZ_SECONDS = $(if $(filter command line,$(origin SECONDS)),$(SECONDS),60)
SOAK_SECONDS = $(if $(filter command line,$(origin SECONDS)),$(SECONDS),1800)

.DEFAULT_GOAL := help
.PHONY: help build header install uninstall setup demo test test-unit test-c test-threading \
	sanitizers valgrind helgrind benchmark bench bench-quick bench-full bench-profiles bench-statistics check-fast-path check-programs test-cpp test-cpp-grid cpp-costs fuzz fuzz-misuse soak figures pictures check fmt lint clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

# --- building -----------------------------------------------------------------------------

build: ## the libraries and the command in dist/, and include/dam.h (DEBUG=1: a debug build)
	@DEBUG=$(DEBUG) scripts/build.sh

header: ## write include/dam.h anew from the Rust sources
	@scripts/check_header.sh --write
	@scripts/cpp_statistics.py --write

install: build ## library, header, pkg-config and CMake files, the command to PREFIX, LIBDIR, under DESTDIR
	@scripts/install.sh install

uninstall: ## remove what `make install` put there (same PREFIX, LIBDIR, DESTDIR)
	@scripts/install.sh uninstall

clean: ## remove everything that was built
	rm -rf target dist

# --- trying it ----------------------------------------------------------------------------

demo: build ## real programs on DAM beside the same run without it, and a caught overflow
	@scripts/demo.sh

check-programs: build ## 57 programs of the distribution, compared with glibc (PROFILE=hardened, paranoid)
	@scripts/check_programs.sh --profile $(or $(PROFILE),default)

benchmark: bench-quick ## the same as bench-quick

# ARGS: more arguments, as in `make bench-quick ARGS="--rounds 3 --only tree,fifo --library FILE"`.
BENCH = $(CARGO) run -q -p dam-bench --
ARGS ?=

bench-quick: build ## time and memory beside glibc and Debian's jemalloc, mimalloc and tcmalloc
	@$(BENCH) quick --bar $(ARGS)

bench: build ## beside every allocator that has a bar, about forty minutes; writes docs/performance.md (ARGS=--resume: goes on)
	@$(call BENCH_PARTS,--peers bars,--peers fast,2,1,2,1)

bench-full: build ## the same with every allocator and more rounds (hours)
	@$(call BENCH_PARTS,,,7,3,5,5)

bench-profiles: build ## what the profiles cost beside Scudo and hardened_malloc (ROUNDS=3)
	@$(BENCH) profiles --rounds $(or $(ROUNDS),3) $(ARGS)

bench-statistics: build ## what statistics cost: this build beside one without them, in pairs (SET=quick or alloc, ROUNDS=15)
	@scripts/without_statistics.py target/libdam_without_statistics.so
	@$(BENCH) $(or $(SET),quick) --peers dam --beside target/libdam_without_statistics.so --rounds $(or $(ROUNDS),15) $(ARGS)

# Peers of the programs, peers of the curves, and the rounds of each part. A part that fails keeps none from running.
define BENCH_PARTS
status=0; \
$(BENCH) alloc $(1) --rounds $(3) $(ARGS) || status=1; \
$(BENCH) steady $(1) --rounds $(4) $(ARGS) || status=1; \
$(BENCH) real $(1) --rounds $(5) $(ARGS) || status=1; \
$(BENCH) scaling $(2) --rounds $(6) $(ARGS) || status=1; \
$(BENCH) report && exit $$status
endef

check-fast-path: build ## instruction counts of the malloc and free hits in the shipped library
	@scripts/check_fast_path.sh

# --- testing ------------------------------------------------------------------------------

setup: ## install what the tests need and the machine lacks
	@scripts/setup.sh

test: setup build ## all tests (LINT=1: format, clippy and structure checks too)
	@scripts/test.sh $(if $(LINT),--lint)

test-unit: ## the unit tests and models alone
	@scripts/test.sh --only unit

test-threading: ## loom and shuttle models of locks, refill, flush and pool take-over
	@scripts/test.sh --only loom shuttle

test-c: build ## the C programs, preloaded and statically linked
	@scripts/test.sh --only c-programs

test-cpp: build ## the C++ layer, and a part of its compilers
	@scripts/test.sh --only cpp

test-cpp-grid: setup build ## the C++ layer with every compiler, standard and sanitizer (an hour)
	@scripts/cpp_grid.sh --all

cpp-costs: ## what the C++ layer costs: instructions of its code, and of the compiler that reads it
	@scripts/cpp_costs.sh --code && scripts/cpp_costs.sh --parse

test-profiles: build ## the C programs once more, under hardened and under paranoid
	@for profile in hardened paranoid; do \
		DAM_TEST_OPTIONS=profile=$$profile:on_violation=continue $(CARGO) test --release --test c_programs -- \
			--skip matrix/ || status=1; \
	done; exit $${status:-0}

matrix: build ## what is caught when, by profile: all of it, then written to docs/security.md
	@$(CARGO) test --test c_programs -- matrix/ --skip matrix/table
	@DAM_MATRIX=write $(CARGO) test -q --test c_programs -- matrix/table

figures: ## what is measured, written anew to docs/observability.md from its descriptions
	@DAM_FIGURES=write $(CARGO) test -q --lib figures

pictures: build ## the README's pictures of dam top and dam map, made anew
	@scripts/pictures.sh

mutations: build ## each defence taken out in turn: its row of the matrix must fail (ten minutes)
	@scripts/mutations.py

sanitizers: build ## the C programs under UBSan, and on libdam_local under ASan and TSan
	@scripts/test.sh --only sanitizers

valgrind: setup build ## C programs under memcheck, on DAM's own malloc
	@scripts/valgrind.sh memcheck

helgrind: setup build ## threaded C programs under helgrind, on DAM's own malloc
	@scripts/valgrind.sh helgrind

fuzz: ## the API against a shadow heap under libFuzzer (SECONDS=60)
	@scripts/fuzz.sh $(FUZZ_SECONDS)

MISUSE_SECONDS ?= 60
SEED ?=

fuzz-misuse: build ## random misuse mixed into random use, all profiles (MISUSE_SECONDS=60, SEED=n)
	@scripts/misuse.sh $(MISUSE_SECONDS) $(SEED)

soak: build ## 64 threads over every entry point with audit checks (SECONDS=1800)
	@scripts/soak.sh $(SOAK_SECONDS)

fmt: ## format the Rust sources
	$(CARGO) fmt --all

lint: ## format, clippy and structure checks alone
	@scripts/test.sh --only fmt clippy layers structure

check: ## all of it: tests, lints, programs, speed, fuzzing, soak
	@$(MAKE) --no-print-directory test LINT=1
	@$(MAKE) --no-print-directory check-fast-path bench-quick check-programs
	@$(MAKE) --no-print-directory fuzz SECONDS=$(FUZZ_SECONDS)
	@$(MAKE) --no-print-directory soak SECONDS=$(SOAK_SECONDS)
