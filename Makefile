# What people type. The build itself is Meson's; this file only spares its command lines.
#
#   make demo       build, import the reference pack, compute and assess the example case, write its page
#   make test       build and run the tests
#   make check      the tests, the longer ones too, with gcc, with clang and under the sanitizers
#   make check-threads  the server's tests with the thread sanitizer
#   make bench      measure speed
#   make fuzz       every fuzzer for FUZZ_SECONDS
#   make format     format the code
#   make install    PREFIX and DESTDIR as usual
#
# Other variables: BUILD (folder of the build), CC, MESON_OPTIONS (as -Dname=value).

BUILD ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
MESON_OPTIONS ?=
SANITIZED = -Db_sanitize=address,undefined -Db_lundef=false

# $(call configure,folder,options): Meson reads CC from the environment when the folder is new.
configure = if [ -f $(1)/build.ninja ]; then \
	[ -z "$(strip $(2))" ] || meson configure $(1) $(2); \
  else \
	meson setup $(1) $(2); \
  fi

.PHONY: all demo test check check-threads bench fuzz format install clean

all:
	@tools/install_dependencies.sh build
	@$(call configure,$(BUILD),-Dtests=false $(MESON_OPTIONS))
	ninja -C $(BUILD)

demo:
	@tools/install_dependencies.sh build
	@$(call configure,$(BUILD)-demo,-Dtests=false $(MESON_OPTIONS))
	ninja -C $(BUILD)-demo
	@echo
	rm -rf $(BUILD)-demo/reference $(BUILD)-demo/sony-2014
	@$(BUILD)-demo/src/cli/onus reference import --into $(BUILD)-demo/reference data/reference/*.zst \
	  data/reference/maltrail/*.zst > $(BUILD)-demo/imported.txt
	@$(BUILD)-demo/src/cli/onus reference info $(BUILD)-demo/reference
	@echo
	cp -r examples/sony-2014 $(BUILD)-demo/sony-2014
	@$(BUILD)-demo/src/cli/onus compute $(BUILD)-demo/sony-2014 --reference $(BUILD)-demo/reference
	@echo
	@$(BUILD)-demo/src/cli/onus assess $(BUILD)-demo/sony-2014
	@$(BUILD)-demo/src/cli/onus assess $(BUILD)-demo/sony-2014 --format html --output $(BUILD)-demo/sony-2014.html
	@echo
	@echo "The same as a page: $$(pwd)/$(BUILD)-demo/sony-2014.html"

test:
	@tools/install_dependencies.sh build test
	@tools/install_dependencies.sh browser || echo "The tests of the page in a browser will be skipped."
	@$(call configure,$(BUILD),-Dtests=true $(MESON_OPTIONS))
	ninja -C $(BUILD)
	meson test -C $(BUILD) --no-rebuild --print-errorlogs --timeout-multiplier 3

check:
	@tools/install_dependencies.sh build test check
	$(MAKE) test BUILD=$(BUILD)-gcc CC=gcc MESON_OPTIONS="-Dwerror=true -Dlong_tests=true"
	$(MAKE) test BUILD=$(BUILD)-clang CC=clang MESON_OPTIONS="-Dwerror=true"
	$(MAKE) test BUILD=$(BUILD)-sanitized CC=clang MESON_OPTIONS="-Dwerror=true $(SANITIZED)"

# The server's own tests with the thread sanitizer, which takes some times as long.
check-threads:
	@tools/install_dependencies.sh build test check
	@export CC=clang; $(call configure,$(BUILD)-threads,-Dwerror=true -Dtests=true -Db_sanitize=thread -Db_lundef=false)
	ninja -C $(BUILD)-threads src/cli/onus
	TSAN_OPTIONS=suppressions=$(CURDIR)/tests/server/threads.supp \
	  meson test -C $(BUILD)-threads --no-rebuild --print-errorlogs --timeout-multiplier 4 --suite server

bench:
	@tools/install_dependencies.sh build test
	@$(call configure,$(BUILD)-bench,--buildtype=release -Dtests=true)
	ninja -C $(BUILD)-bench
	meson test -C $(BUILD)-bench --no-rebuild --benchmark --verbose

fuzz:
	@tools/install_dependencies.sh build check
	@export CC=clang; $(call configure,$(BUILD)-fuzz,-Dtests=false -Dfuzzers=true $(SANITIZED))
	ninja -C $(BUILD)-fuzz
	@found=; for fuzzer in $(BUILD)-fuzz/fuzz/fuzz_*; do \
	  [ -f "$$fuzzer" ] && [ -x "$$fuzzer" ] || continue; found=yes; \
	  name=$${fuzzer##*/fuzz_}; mkdir -p $(BUILD)-fuzz/found/$$name; corpus=fuzz/corpus/$$name; \
	  echo "$$name for $(FUZZ_SECONDS) s"; \
	  "$$fuzzer" -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=$(BUILD)-fuzz/found/$$name/ \
	    $(BUILD)-fuzz/found/$$name $$([ -d $$corpus ] && echo $$corpus) || exit 1; \
	done; [ -n "$$found" ] || { echo "no fuzzers were built"; exit 1; }
	$(BUILD)-fuzz/fuzz/mutate_cases 100000 examples tests/broken/cases tests/broken/accepted fuzz/corpus/case

format:
	@tools/install_dependencies.sh format
	find include src tests bench fuzz -name '*.[ch]' -exec clang-format -i --style=file {} +

install:
	@tools/install_dependencies.sh build
	@$(call configure,$(BUILD)-install,-Dtests=false -Dprefix=$(PREFIX) $(MESON_OPTIONS))
	ninja -C $(BUILD)-install
	meson install -C $(BUILD)-install --no-rebuild

clean:
	rm -rf $(BUILD) $(BUILD)-demo $(BUILD)-gcc $(BUILD)-clang $(BUILD)-sanitized $(BUILD)-bench $(BUILD)-fuzz $(BUILD)-install $(BUILD)-threads
