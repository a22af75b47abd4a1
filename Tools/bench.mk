# `make bench MODEL=resnet50.rn8`: times a model, layer by layer. BENCH_OPTIONS: see `resnet-bench --help`.

MODEL ?= $(DEMO)/resnet20-fashion-mnist.rn8

.PHONY: bench
bench: build/bin/resnet-bench
	@[ -e $(MODEL) ] || { echo "no model $(MODEL): run \`make demo\` first, or give MODEL=FILE.rn8" >&2; exit 1; }
	$< $(MODEL) $(BENCH_OPTIONS)
