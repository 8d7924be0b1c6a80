# creditd: the one door. `make help` lists the targets.
BUILD ?= build
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
PYTHON := /usr/bin/python3
VERSION := 0.1.0
CC := gcc

# A flag that this compiler takes, else nothing.
probe = $(shell echo 'int x;' | $(CC) -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo '$(1)')

# SANITIZE=1 builds with ASan and UBSan into a folder of its own.
ifdef SANITIZE
override BUILD := $(BUILD)-asan
OPTIMISE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LINK := -fsanitize=address,undefined
else
OPTIMISE := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 $(call probe,-ftrivial-auto-var-init=zero)
LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen
endif
HARDEN := -fstack-clash-protection -fstack-protector-strong -fPIE -fno-delete-null-pointer-checks \
	-fno-strict-overflow -fno-strict-aliasing $(call probe,-fcf-protection=full)
WARN := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wformat=2 -Wmissing-prototypes -Wstrict-prototypes \
	-Wimplicit-fallthrough -Werror=format-security -Werror=implicit -Werror=incompatible-pointer-types \
	-Werror=int-conversion $(call probe,-Wtrampolines) $(call probe,-Wbidi-chars=any)
GEN := $(BUILD)/gen
# V=1 shows whole command lines.
Q := $(if $(V),,@)
say = $(if $(V),@:,@echo '  $(1) $@')
CPPFLAGS := -I. -I$(GEN) -D_GNU_SOURCE -DCREDITD_VERSION='"$(VERSION)"' -DCREDITD_SYSCONF='"$(SYSCONFDIR)"'
CFLAGS := -std=c17 -g $(OPTIMISE) $(HARDEN) $(WARN) $(if $(WERROR),-Werror)
LDFLAGS := $(LINK) -Wl,--as-needed

LIBS_COMMON := -lutf8proc -lsodium -lconfig -lprotobuf-c -ljansson -lm
LIBS_SERVER := -levent -lssl -lcrypto -lpq $(LIBS_COMMON)
LIBS_CLIENT := -lssl -lcrypto $(LIBS_COMMON)
PG_CPPFLAGS := $(shell pkg-config --cflags libpq 2>/dev/null)

PROTOS := $(wildcard proto/*.proto)
PROTO_C := $(PROTOS:proto/%.proto=$(GEN)/%.pb-c.c)
COMMON_C := $(wildcard common/*.c)
SERVER_C := $(wildcard server/*.c server/*/*.c)
CLIENT_C := $(wildcard client/*.c)
object = $(patsubst %.c,$(BUILD)/o/%.o,$(patsubst $(BUILD)/%,%,$(1)))
PROTO_O := $(call object,$(PROTO_C))
COMMON_O := $(call object,$(COMMON_C))
SERVER_O := $(call object,$(SERVER_C))
CLIENT_O := $(call object,$(CLIENT_C))
# What unit and rules tests are linked with.
PURE_O := $(COMMON_O) $(PROTO_O) $(call object,server/policy_file.c server/policy_route.c server/policy_scorecard.c server/policy_terms.c $(wildcard server/rules/*.c) server/wire/prescan.c \
	server/commit/chain.c server/commit/queue.c server/commit/recent.c server/commit/work.c server/digest.c server/watch/pass.c)
BENCH_PURE_O := $(call object,tests/bench/creditbench/cell.c tests/bench/creditbench/histogram.c)
# The programs of the bench, each of which has a folder, and what is loaded into a server.
BENCH := $(addprefix $(BUILD)/bench/,creditbench plant replay record.so)
WIRE_O := $(call object,$(wildcard server/wire/*.c))
UNIT_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c tests/rules/test_*.c))
# What the reference of standing compares itself with.
JUDGE := $(BUILD)/tests/reference/judge
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
PYGEN := $(BUILD)/pygen/.made
MO := $(BUILD)/locale/zh_CN/LC_MESSAGES/creditctl.mo

.PHONY: all binaries built demo demo-stop check check-unit check-reference check-system check-asan check-fault bench-trades bench-publication bench-simulation bench-timers bench bench-instructions bench-quick bench-large bench-built lint format fuzz install deps clean help
.SECONDARY:

all: binaries

help:
	@echo 'all        build $(BUILD)/creditd and $(BUILD)/creditctl'
	@echo 'demo       install what is missing, build, start a server and play one change; demo-stop ends it'
	@echo 'check      unit, rules, reference and system tests; check-unit, check-reference, check-system: one kind'
	@echo 'check-asan all tests under ASan and UBSan; check-fault: kills and races'
	@echo 'bench      all figures of speed in about ten minutes; bench-quick: in about four'
	@echo 'bench-large the same cells on 10 million applications, in about fifteen'
	@echo 'bench-instructions  instructions of the server per step, by callgrind'
	@echo 'lint       formats, static analysis, walls; format: rewrites C sources'
	@echo 'fuzz       a short run of every fuzzer'
	@echo 'install    DESTDIR= PREFIX= SYSCONFDIR='

binaries: $(BUILD)/creditd $(BUILD)/creditctl $(MO)

$(BUILD)/creditd: $(SERVER_O) $(COMMON_O) $(PROTO_O)
	$(call say,link)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_SERVER)

$(BUILD)/creditctl: $(CLIENT_O) $(COMMON_O) $(PROTO_O)
	$(call say,link)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_CLIENT)

$(GEN)/%.pb-c.c $(GEN)/%.pb-c.h: proto/%.proto
	@mkdir -p $(GEN)
	$(call say,generate)
	$(Q)protoc-c -I proto --c_out=$(GEN) $<

$(GEN)/sql.h: $(wildcard server/store/sql/*.sql) server/store/embed-sql.sh
	@mkdir -p $(GEN)
	$(call say,generate)
	$(Q)sh server/store/embed-sql.sh server/store/sql > $@.new && mv $@.new $@

# What everything is compiled with (-Werror changes no code): other flags make everything anew.
FLAGS := $(BUILD)/.flags
FLAGS_NOW := $(CC) $(CPPFLAGS) $(filter-out -Werror,$(CFLAGS)) $(LDFLAGS)
$(shell mkdir -p $(BUILD))
ifneq ($(file <$(FLAGS)),$(FLAGS_NOW))
$(file >$(FLAGS),$(FLAGS_NOW))
endif

$(BUILD)/o/%.o: %.c $(FLAGS) | $(PROTO_C) $(GEN)/sql.h
	@mkdir -p $(@D)
	$(call say,compile)
	$(Q)$(CC) $(CPPFLAGS) $(PG_CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/o/gen/%.o: $(GEN)/%.c $(FLAGS) | $(PROTO_C)
	@mkdir -p $(@D)
	$(call say,compile)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(MO): client/po/zh_CN.po
	@mkdir -p $(@D)
	$(call say,translate)
	$(Q)msgfmt --check -o $@ $<

$(PYGEN): $(PROTOS)
	@mkdir -p $(@D)
	$(call say,generate)
	$(Q)protoc -I proto --python_out=$(@D) $(PROTOS)
	@touch $@

# ---- tests ----

$(BUILD)/tests/unit/test_client_%: tests/unit/test_client_%.c $(COMMON_O) $(PROTO_O) $(filter-out %/client/main.o,$(CLIENT_O))
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(filter %.o,$^) $(LIBS_CLIENT) -lcmocka

$(BUILD)/tests/unit/test_wire%: tests/unit/test_wire%.c $(PURE_O) $(WIRE_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(sort $(filter %.o,$^)) $(LIBS_SERVER) -lcmocka

$(filter $(BUILD)/tests/unit/test_bench_%,$(UNIT_TESTS)): $(BUILD)/%: %.c $(BENCH_PURE_O) $(COMMON_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(filter %.o,$^) $(LIBS_COMMON) -lcmocka

$(BUILD)/tests/unit/test_store_%: tests/unit/test_store_%.c $(PURE_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(CPPFLAGS) $(PG_CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(filter %.o,$^) $(LIBS_SERVER) -lcmocka

$(BUILD)/tests/unit/test_store_pipe: $(call object,server/store/params.c server/store/failpoint.c)

$(BUILD)/tests/unit/test_embedded: $(call object,$(wildcard server/embedded/*.c))

ROUTE_ORACLE_C := $(wildcard tests/rules/route_*.c)
$(BUILD)/tests/rules/test_route_product: $(call object,$(ROUTE_ORACLE_C))

$(BUILD)/tests/%: tests/%.c $(PURE_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(filter %.o,$^) -lcrypto $(LIBS_COMMON) \
		-lcmocka

check-unit: $(UNIT_TESTS)
	@set -e; for t in $(UNIT_TESTS); do $$t; done

check-reference: $(JUDGE)
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) -m pytest -q -p no:cacheprovider tests/reference

check-system: binaries $(BUILD)/bench/creditbench $(PYGEN)
	CREDITD_BUILD=$(abspath $(BUILD)) PYTHON=$(PYTHON) sh tests/side-by-side.sh

# Everything is built first, with all cores; tests then have the machine for themselves.
JOBS := -j$(shell nproc)
built: binaries $(UNIT_TESTS) $(JUDGE) $(PYGEN) $(BENCH)

check: deps
	$(MAKE) $(JOBS) built
	$(MAKE) check-unit
	$(MAKE) check-reference
	$(MAKE) check-system

check-asan: deps
	$(MAKE) SANITIZE=1 $(JOBS) built
	$(MAKE) SANITIZE=1 check-unit
	$(MAKE) SANITIZE=1 check-reference
	$(MAKE) SANITIZE=1 check-system

check-fault: deps
	$(MAKE) $(JOBS) binaries $(PYGEN)
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) -m pytest -q -s -p no:cacheprovider tests/fault

# A large import beside people at work; ROWS and CUSTOMERS as wanted.
ROWS := 1000000
CUSTOMERS := 50000
bench-publication: deps
	$(MAKE) $(JOBS) bench-built
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/publication.py

bench-timers: deps
	$(MAKE) $(JOBS) bench-built
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/timers.py

bench-simulation: deps
	$(MAKE) $(JOBS) bench-built
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/simulation.py

bench-trades: deps
	$(MAKE) $(JOBS) binaries $(PYGEN)
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/trades.py --rows $(ROWS) --customers $(CUSTOMERS)

deps:
	@sh deploy/dependencies.sh

demo: deps
	$(MAKE) $(JOBS) binaries
	@BUILD=$(abspath $(BUILD)) sh deploy/demo.sh start

demo-stop:
	@BUILD=$(abspath $(BUILD)) sh deploy/demo.sh stop

# ---- bench ----

# OPTIONS="--only NAME" and others: tests/bench/bench.py --help.
bench-built: deps
	$(MAKE) $(JOBS) binaries $(PYGEN) $(BENCH)

bench-instructions: bench-built
	@sh deploy/dependencies.sh bench
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/instructions.py $(OPTIONS)

bench: bench-built
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/bench.py $(OPTIONS)

bench-quick: bench-built
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/bench.py --quick $(OPTIONS)

# 45 GB on the disk, a quarter of an hour.
bench-large: bench-built
	CREDITD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/bench.py --only large_tables $(OPTIONS)

# Loaded before anything else, so without the run-time libraries of sanitizers.
$(BUILD)/bench/%.so: tests/bench/%.c $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(CPPFLAGS) $(PG_CPPFLAGS) $(filter-out -fsanitize=%,$(CFLAGS)) -fPIC -shared -o $@ $<

.SECONDEXPANSION:
$(BUILD)/bench/%: $$(call object,$$(wildcard tests/bench/%/*.c)) $(PURE_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -levent -lssl -lcrypto -lpq $(LIBS_COMMON)

# ---- fuzzing: clang and libFuzzer over the pure code ----

$(BUILD)/fuzz/%: tests/fuzz/%.c $(COMMON_C) server/wire/prescan.c | $(PROTO_C)
	@mkdir -p $(@D)
	clang $(CPPFLAGS) -std=c17 -g -O1 -fsanitize=fuzzer,address,undefined -o $@ $^ $(PROTO_C) $(LIBS_COMMON)

fuzz: deps-lint $(FUZZERS)
	@set -e; for f in $(FUZZERS); do $$f -max_total_time=20 -print_final_stats=0; done

# ---- quality ----

lint: deps-lint $(PROTO_C) $(GEN)/sql.h
	BUILD=$(BUILD) sh tests/lint/lint.sh

deps-lint:
	@sh deploy/dependencies.sh lint

format:
	find common server client tests -name '*.[ch]' -exec clang-format -i {} +

# What an administrator may have changed stays; the new file is put beside it.
keep = if [ -e $(2) ] && ! cmp -s $(1) $(2); then install -m 644 $(1) $(2).new; echo "kept $(2), see $(2).new"; \
	else install -m 644 $(1) $(2); fi

install: binaries
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/creditd/migrations \
		$(DESTDIR)$(PREFIX)/share/locale/zh_CN/LC_MESSAGES $(DESTDIR)$(PREFIX)/share/doc/creditd \
		$(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/sysusers.d $(DESTDIR)$(SYSCONFDIR)/creditd
	install -m 755 $(BUILD)/creditd $(BUILD)/creditctl $(DESTDIR)$(PREFIX)/bin
	install -m 644 server/store/migrations/*.sql $(DESTDIR)$(PREFIX)/share/creditd/migrations
	install -m 644 $(MO) $(DESTDIR)$(PREFIX)/share/locale/zh_CN/LC_MESSAGES
	install -m 644 README.md LICENSE server/RULES.md proto/PROTOCOL.md proto/*.proto $(DESTDIR)$(PREFIX)/share/doc/creditd
	install -m 644 server/README.md $(DESTDIR)$(PREFIX)/share/doc/creditd/SERVER.md
	install -m 644 deploy/mapping.cfg $(DESTDIR)$(PREFIX)/share/doc/creditd
	install -m 644 deploy/creditd.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/creditd.conf
	@sed 's|/etc/|$(SYSCONFDIR)/|' deploy/creditd.conf >$(BUILD)/creditd.conf
	@$(call keep,deploy/policy.cfg,$(DESTDIR)$(SYSCONFDIR)/creditd/policy.cfg)
	@$(call keep,$(BUILD)/creditd.conf,$(DESTDIR)$(SYSCONFDIR)/creditd/creditd.conf)
	@set -e; for unit in creditd creditd@; do \
		sed 's|/usr/local/bin|$(PREFIX)/bin|; s|/etc/|$(SYSCONFDIR)/|' deploy/creditd.service \
			>$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit.service; \
		install -m 644 deploy/creditd.socket $(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit.socket; done

clean: demo-stop
	rm -rf $(BUILD) $(BUILD)-asan

-include $(patsubst %.o,%.d,$(SERVER_O) $(COMMON_O) $(CLIENT_O) $(PROTO_O) $(call object,$(wildcard tests/bench/*/*.c) $(ROUTE_ORACLE_C))) \
	$(addsuffix .d,$(UNIT_TESTS) $(JUDGE))
