# `make bench MODEL=resnet50.rn8`: milliseconds an image, on one core.

MODEL ?= $(DEMO)/resnet20-fashion-mnist.rn8

build/bin/bench: Tools/bench/bench.c $(HEADER) build/lib/libresnet_int8.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< build/lib/libresnet_int8.a

.PHONY: bench
bench: build/bin/bench
	@[ -e $(MODEL) ] || { echo "no model $(MODEL): run \`make demo\` first, or give MODEL=FILE.rn8" >&2; exit 1; }
	build/bin/bench $(MODEL)
