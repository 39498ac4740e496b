# What people type. `make` alone lists it.

PREFIX  ?= /usr/local
DESTDIR ?=
# release, or debug for a quick build.
PROFILE ?= release
CARGO   ?= cargo

TARGET  := $(or $(CARGO_TARGET_DIR),target)
# Where the tools are that are to be installed.
BUILT   ?= $(TARGET)/$(PROFILE)
TOOLS   := tt-plan tt-push tt-verify tt-sync tt-bench tt-install
SHELL_FILES := .ci/run packaging/arch/PKGBUILD $(wildcard fuzz/*.sh packaging/*.sh tests/*.sh tests/*/*.sh) $(wildcard $(addprefix docs/examples/,*.sh */*.sh */*.sbatch */*/*.sh))

BINDIR  := $(DESTDIR)$(PREFIX)/bin
MANDIR  := $(DESTDIR)$(PREFIX)/share/man
BASHDIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSHDIR  := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISHDIR := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
DOCDIR  := $(DESTDIR)$(PREFIX)/share/doc/datasync-turbo-tools

# cargo calls the profile of target/debug "dev".
CARGO_PROFILE := $(if $(filter debug,$(PROFILE)),dev,$(PROFILE))

.DEFAULT_GOAL := help
.PHONY: help demo test bench bench-pieces servers test-servers soak fuzz deny lint lint-rust lint-man lint-shell lint-words \
	lint-packages crosscheck comparison generate licenses dist deb try-deb install install-built uninstall clean

help: ## List what can be made.
	@echo 'make TARGET [PREFIX=$(PREFIX)] [DESTDIR=] [PROFILE=release|debug]'
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-15s %s\n", $$1, $$2 }'

demo: ## Upload a small tree into an endpoint on this machine, prove it, and catch a flipped bit.
	@sh docs/examples/demo.sh

test: ## Build the tools and run all tests.
	$(CARGO) build --quiet --workspace --bins
	$(CARGO) test --quiet --workspace

# How much is compared; BENCH='--data plan --runs 5' takes long.
BENCH ?= --data plan,small --scale 0.1 --runs 3

bench: ## Compare uploads with aws, s5cmd and rclone, for some minutes; the report is left in target/bench-report.
	$(CARGO) build --quiet --workspace --bins --profile $(CARGO_PROFILE)
	@PROFILE=$(PROFILE) bash tests/bench.sh $(BENCH)

bench-pieces: ## Measure checksums, records and buffers, piece by piece; docs/PERFORMANCE.md has figures.
	$(CARGO) bench --quiet --package tt-benches

# Which servers; none for all that can be had in minutes.
SERVERS ?=

servers: ## Install S3 servers that are none of ours below target/servers, to be judged by.
	@bash tests/servers/install.sh $(SERVERS)

test-servers: ## Go through docs/COMPATIBILITY.md with each server that is installed.
	$(CARGO) build --quiet --workspace --bins
	$(CARGO) test --quiet --package tt-tests --test servers -- $(or $(SERVERS),all)

# How long, where randomness starts (a number, or empty for any), and against what: embedded, or a server that is installed.
KILLS    ?= 1000
RESTARTS ?= 100
SEED     ?=
SERVER   ?= embedded

soak: ## Kill the tools and the server at random moments, and see that nothing is lost, mixed up or claimed; a second for each.
	$(CARGO) build --quiet --workspace --bins
	$(CARGO) test --quiet --package tt-tests --test soak -- --kills $(KILLS) --restarts $(RESTARTS) --server $(SERVER) $(SEED:%=--seed %)

# For each kind of input.
FUZZ_SECONDS ?= 60

fuzz: ## Look for input that breaks what reads it, for a minute each: records, settings, checksum files, words, answers of S3.
	@bash fuzz/run.sh $(FUZZ_SECONDS)

deny: ## Ask cargo-deny about the licences, sources and vulnerabilities of all that the tools are built from.
	@bash tests/deny.sh

lint: lint-rust lint-man lint-shell lint-words lint-packages ## Check code, man pages, scripts, spelling and recipes of packages; any warning is an error.

lint-rust:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --quiet --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --quiet --no-deps --workspace

lint-man:
	@if command -v mandoc >/dev/null; then \
		echo 'mandoc -T lint'; mandoc -T lint -W style man/*.[157]; \
	else echo 'SKIPPED: the man pages are not checked, for there is no mandoc'; fi

lint-shell:
	@if command -v shellcheck >/dev/null; then \
		echo 'shellcheck $(SHELL_FILES)'; shellcheck $(SHELL_FILES); \
	else echo 'SKIPPED: the shell scripts are not checked, for there is no shellcheck'; fi

lint-words:
	@if command -v codespell >/dev/null; then \
		echo 'codespell'; codespell; \
	else echo 'SKIPPED: the spelling is not checked, for there is no codespell'; fi

lint-packages:
	@bash packaging/licenses.sh --check
	@if command -v ruby >/dev/null; then \
		echo 'ruby -c packaging/homebrew/*.rb'; ruby -c packaging/homebrew/*.rb >/dev/null; \
	else echo 'SKIPPED: the formula for Homebrew is not checked, for there is no ruby'; fi

crosscheck: ## Hold the tools against aws, s5cmd and rclone, as far as these are installed.
	$(CARGO) build --quiet --workspace --bins
	@bash tests/crosscheck.sh

generate: ## Write man pages, completions and the JSON Schema anew, from the code.
	TT_REGENERATE=1 $(CARGO) test --quiet --package tt-tests --test generated

dist: ## Build the archive of a release, target/dist/*.tar.gz: the same bytes wherever and whenever it is built.
	@PROFILE=$(PROFILE) bash packaging/dist.sh

deb: ## Build a package for Debian and its kin, target/dist/*.deb.
	@PROFILE=$(PROFILE) bash packaging/deb.sh

try-deb: ## Install that package into a Debian of its own, and try it there; as root.
	@bash packaging/try-deb.sh

comparison: ## See what tt, aws, s5cmd and rclone do on bad days; docs/COMPARISON.md has what came of it.
	$(CARGO) build --quiet --workspace --bins
	@bash tests/comparison.sh

licenses: ## Write packaging/THIRD-PARTY-LICENSES anew, after Cargo.lock has changed.
	@bash packaging/licenses.sh

install: ## Install tools, man pages, completions and docs below DESTDIR and PREFIX.
	$(CARGO) build --quiet --workspace --bins --profile $(CARGO_PROFILE)
	@$(MAKE) --silent install-built

# What is built already.
install-built:
	install -d $(BINDIR) $(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man7 $(BASHDIR) $(ZSHDIR) $(FISHDIR) $(DOCDIR)
	install -m 755 $(TOOLS:%=$(BUILT)/%) $(BINDIR)
	install -m 644 man/*.1 $(MANDIR)/man1
	install -m 644 man/*.5 $(MANDIR)/man5
	install -m 644 man/*.7 $(MANDIR)/man7
	install -m 644 README.md CHANGELOG.md LICENSE packaging/THIRD-PARTY-LICENSES $(DOCDIR)
	cp -R docs $(DOCDIR)
	for tool in $(TOOLS); do \
		install -m 644 completions/$$tool.bash $(BASHDIR)/$$tool && \
		install -m 644 completions/_$$tool $(ZSHDIR) && \
		install -m 644 completions/$$tool.fish $(FISHDIR) || exit 1; \
	done

uninstall: ## Remove what install has put there.
	rm -f $(TOOLS:%=$(BINDIR)/%) $(TOOLS:%=$(BASHDIR)/%) $(TOOLS:%=$(ZSHDIR)/_%) $(TOOLS:%=$(FISHDIR)/%.fish)
	for page in man/*.[157]; do rm -f $(MANDIR)/man$${page##*.}/$${page#man/}; done
	rm -rf $(DOCDIR)

clean: ## Remove what was built.
	$(CARGO) clean
