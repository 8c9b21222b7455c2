# libgram: `make help` lists what one can ask for.
#
# Every room, test, benchmark and fuzz target is found by pattern: a new .c
# file needs no line here.  All objects of one build live below $(B), which is
# build/ or build/<variant>/; a variant is a list of flags and nothing else.
#
#   src/<room>/*.c     -> parts.a (plain), libgram.a, libgram.so.0
#   src/gramc/*.c      -> gramc, linked with libgram.a: gram.h only
#   tests/unit/*.c     -> unit/<name>,  linked with parts.a + tests/oracle/*.c
#   tests/bench/*.c    -> bench/<name>, linked the same + tests/bench/lib/*.c
#   fuzz/fuzz_*.c      -> fuzz/<name>-replay and, by clang, fuzz/<name>

VARIANT ?=
B       := build$(if $(VARIANT),/$(VARIANT))
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
TIME    ?= 60
PREFIX  ?= /usr/local
VERSION := $(shell awk '/define GRAM_VERSION_M|_PATCH/ {printf s $$3; s="."}' \
             include/gram.h)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
        -Wmissing-prototypes -Wconversion -Wvla -Wno-sign-conversion
ifneq ($(filter true 1,$(CI) $(WERROR)),)
WARN += -Werror
endif
SAN  := -fno-omit-frame-pointer -fno-sanitize-recover=all

FLAGS-       := -O3
FLAGS-debug  := -O0 -g3
FLAGS-asan   := -O1 -fsanitize=address,undefined $(SAN)
FLAGS-ubsan  := -O1 -fsanitize=undefined $(SAN)
FLAGS-tsan   := -O1 -fsanitize=thread $(SAN)
FLAGS-cov    := -O0 --coverage
FLAGS-o2     := -O2
FLAGS-clang  := -O2
FLAGS-clang-o0 := -O0
FLAGS-clang-o3 := -O3
# clang's pointer-overflow also objects to NULL + 0 (the end of an empty
# vector); real overflow is looked for by gcc's in the asan variant
FLAGS-fuzz   := -O1 -fsanitize=fuzzer-no-link,address,undefined $(SAN) \
                -fno-sanitize=pointer-overflow
# comparisons that are worth telling the fuzzer are those with its input: the
# rooms that read bytes; elsewhere they are half of a run's time
ifeq ($(VARIANT),fuzz)
build/fuzz/obj/src/pda/%.o build/fuzz/obj/src/mask/%.o \
build/fuzz/obj/src/match/%.o build/fuzz/obj/src/schema/%.o \
build/fuzz/obj/src/base/%.o build/fuzz/obj/tests/%.o: \
    MODE := $(FLAGS-fuzz) -fno-sanitize-coverage=trace-cmp
endif
ifneq ($(filter clang% fuzz,$(VARIANT)),)
CC := clang
endif

CFLAGS  ?= -g
MODE    := $(FLAGS-$(VARIANT))
COMPILE  = $(CC) -std=c11 -D_POSIX_C_SOURCE=200809L $(MODE) $(CFLAGS) $(WARN) \
           -fPIC -fvisibility=hidden -Iinclude -Isrc -Itests -I. -MMD -MP
LINK     = $(CC) $(MODE) $(CFLAGS) $(LDFLAGS)
LIBS    := -lpcre2-8 -lcjson -lutf8proc -lpthread -lm

obj       = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIB_C    := $(filter-out src/gramc/%,$(wildcard src/*/*.c))
# what loads and runs compiled grammars, without any front end
RUN_C    := $(filter-out src/regex/% src/schema/% src/grammar/% \
              src/api/compile.c src/api/names.c src/api/cache.c,$(LIB_C))
GRAMC_C  := $(wildcard src/gramc/*.c)
ORACLE_C := $(wildcard tests/oracle/*.c)
BENCHLIB := $(wildcard tests/bench/lib/*.c)
FUZZLIB  := $(filter-out fuzz/fuzz_% fuzz/driver.c,$(wildcard fuzz/*.c))
UNITS    := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))
BENCHES  := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
TARGETS  := $(patsubst fuzz/fuzz_%.c,%,$(wildcard fuzz/fuzz_*.c))
REPLAYS  := $(TARGETS:%=$(B)/fuzz/%-replay)
GRAMC    := $(if $(wildcard src/gramc/main.c),$(B)/gramc)
# what tests, benchmarks and fuzz targets link: everything, nothing hidden
PARTS     = $(B)/oracle.a $(B)/gramc.a $(B)/parts.a

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
SUB = $(MAKE) --no-print-directory \
      $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
# `make V=1` shows whole commands
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1) $@")
MAKEFLAGS += --no-builtin-rules
export B CC LIBS

##@ Build
all: $(B)/libgram.a $(B)/libgram-run.a $(B)/libgram.so $(GRAMC) $(BENCHES) ## library, command, benchmarks
units: $(UNITS) $(REPLAYS) ## the test programs, without running them

$(B)/obj/%.o: %.c Makefile
	$(Q)mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -c $< -o $@

# libgram.a holds one object in which everything but gram_* has become local.
$(B)/libgram.a: $(call obj,$(LIB_C))
$(B)/libgram-run.a: $(call obj,$(RUN_C))
$(B)/libgram.a $(B)/libgram-run.a:
	$(call say,AR)
	$(Q)ld -r $^ -o $(@:.a=.o)
	$(Q)objcopy --localize-hidden $(@:.a=.o)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $(@:.a=.o)

$(B)/libgram.so.0: $(call obj,$(LIB_C))
	$(call say,LD)
	$(Q)$(LINK) -shared -Wl,-soname,libgram.so.0 $^ $(LIBS) -o $@

$(B)/libgram.so: $(B)/libgram.so.0
	$(Q)ln -sf $(<F) $@

$(B)/parts.a: $(call obj,$(LIB_C))
$(B)/oracle.a: $(call obj,$(ORACLE_C) $(BENCHLIB) $(FUZZLIB))
$(B)/gramc.a: $(call obj,$(filter-out src/gramc/main.c,$(GRAMC_C)))
$(PARTS):
	$(Q)mkdir -p $(@D) && rm -f $@
	$(Q)ar rcs $@ $^

$(B)/gramc: $(call obj,$(GRAMC_C)) $(B)/libgram.a
	$(call say,LD)
	$(Q)$(LINK) $^ $(LIBS) -o $@

# A test's main runs in a thread with a small stack: see small_stack.c.
$(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/obj/tests/tools/small_stack.o $(PARTS)
	$(Q)mkdir -p $(@D)
	$(Q)objcopy --redefine-sym main=t_main $< $@.o
	$(call say,LD)
	$(Q)$(LINK) $@.o $(filter-out $<,$^) $(LIBS) -o $@

$(B)/bench/%: $(B)/obj/tests/bench/%.o $(PARTS)
	$(Q)mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK) $^ $(LIBS) -o $@

$(B)/fuzz/%-replay: $(B)/obj/fuzz/fuzz_%.o $(B)/obj/fuzz/driver.o $(PARTS)
	$(Q)mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK) $^ $(LIBS) -o $@

build/fuzz/fuzz/%: build/fuzz/obj/fuzz/fuzz_%.o $(PARTS)
	$(Q)mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK) -fsanitize=fuzzer $^ $(LIBS) -o $@

##@ Run
demo: deps ## the main job: a real schema, its masks, sampled documents
	@$(SUB) all >/dev/null
	@tests/tools/demo.sh

ifeq ($(VARIANT),)
test: deps ## every test; the last line is `N passed, N failed`
	@tests/tools/run_tests.sh
else
test: unit
endif

unit: units ## only the unit programs of this VARIANT
	@tests/tools/run_units.sh $(UNITS) | tee $(B)/unit.log
	@tests/tools/sum.sh $(B)/unit.log

layers: ## no room includes one above it (the table in src/README.md)
	@tests/tools/check_layers.sh

symbols: $(B)/libgram.a $(B)/libgram-run.a $(B)/libgram.so ## the libraries define gram_* only
	@tests/tools/check_symbols.sh $(B)/libgram.a $(B)/libgram.so.0
	@tests/tools/check_symbols.sh $(B)/libgram-run.a

format-check: ## clang-format would change nothing
	@tests/tools/check_format.sh

format: ## let clang-format rewrite the sources
	@tests/tools/check_format.sh --fix

readme: $(B)/libgram.a ## compile and run the README's C programs
	@tests/tools/check_readme.sh README.md $(B)/libgram.a

bench: all ## the benchmark on the shipped schemas, or on DATA=file.jsonl[.xz]; VOCAB=file
	@tests/tools/bench.sh $(DATA)

bench-check: $(B)/bench/hot ## instructions of the hot paths against the baseline; UPDATE=1 sets it
	@tests/tools/bench_check.sh $(if $(UPDATE),--update)

bench-peers: $(B)/bench/maskbench $(B)/bench/tokenize ## beside other engines, from PyPI; DATA= VOCAB= SCHEMAS= ENGINES=
	@DATA="$(DATA)" VOCAB="$(VOCAB)" tests/tools/bench_peers.sh

coverage: ## test coverage; fails below the gate
	@$(SUB) VARIANT=cov units >/dev/null
	@tests/tools/coverage.sh

##@ Fuzz (fuzz/fuzz_<target>.c)
fuzz: $(TARGETS:%=fuzz-%) ## every target for TIME seconds each
$(TARGETS:%=fuzz-%): fuzz-%: deps-fuzz ## one target for TIME seconds
	@$(SUB) VARIANT=fuzz build/fuzz/fuzz/$*
	@TIME=$(TIME) tests/tools/fuzz.sh $*

fuzz-replay: $(REPLAYS) ## the committed inputs of every target, without clang
	@tests/tools/fuzz_replay.sh $(REPLAYS)

fuzz-selftest: $(REPLAYS) ## every injected fault of every target is caught
	@tests/tools/fuzz_replay.sh --selftest $(REPLAYS)

##@ House
deps: ## install what is missing (apt, as root or through sudo)
	@tests/tools/deps.sh build

deps-fuzz: ## the same for clang, clang-format and libFuzzer
	@tests/tools/deps.sh build fuzz

install: all ## into DESTDIR/PREFIX: library, header, gramc, man pages, .pc
	@tests/tools/install.sh "$(DESTDIR)" "$(PREFIX)" $(VERSION)

ci-extra: deps-fuzz ## after `make test`: other compilers, threads, fuzzing
	@tests/tools/ci_extra.sh

clean: ## remove build/
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5)} \
	  /^[a-z$$][^ :=]*:.* ## / {sub(/\$$\(TARGETS:%=fuzz-%\)/, "fuzz-<target>"); \
	  printf "  make %-14s %s\n", $$1, $$2}' Makefile
	@printf '\nVARIANT=asan|ubsan|tsan|debug|clang|cov builds into build/<variant>.\n'

.PHONY: all units unit demo test layers symbols format-check format readme \
        bench bench-check bench-peers coverage fuzz $(TARGETS:%=fuzz-%) fuzz-replay fuzz-selftest \
        deps deps-fuzz install ci-extra clean help
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
