# `make bench MODEL=resnet50.rn8` times a model, layer by layer. `resnet-bench --help` lists what BENCH_OPTIONS may
# hold.

MODEL ?= $(DEMO)/resnet20-fashion-mnist.rn8
PYTHON ?= python3

.PHONY: bench
bench: build/bin/resnet-bench
	@[ -e $(MODEL) ] || { echo "no model $(MODEL): run \`make demo\` first, or give MODEL=FILE.rn8" >&2; exit 1; }
	$< $(MODEL) $(BENCH_OPTIONS)

# `make bench-pictures` times the preparation of a picture beside Pillow's. PYTHON is one that has numpy and Pillow.

.PHONY: bench-pictures
bench-pictures: build/lib/libresnet_int8.so build/bin/resnet-quantize
	$(PYTHON) Tools/bench-peers/pictures.py

# `make bench-peers` times the same networks in this project and in other runtimes. It writes this processor's page in
# docs/benchmarks. It takes about half an hour the first time. PEERS_OPTIONS are the options of
# Tools/bench-peers/run.py. Without `--docs` the page stays in build/bench-peers.

PEERS := build/bench-peers
PEERS_OPTIONS ?= --docs docs/benchmarks

# The packages' versions are pinned for Python 3.11 or later.
$(PEERS)/venv.stamp: OR_DEMO :=
$(PEERS)/venv.stamp: Tools/bench-peers/requirements.txt
	@mkdir -p $(@D)
	$(NEW_VENV)
	$(PEERS)/venv/bin/pip install --quiet -r $<
	@touch $@

$(PEERS)/libworkers.so: Tools/bench-peers/workers.c $(HEADER) build/lib/libresnet_int8.so
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -shared -fPIC -pthread $(LDFLAGS) -o $@ $< \
	  -Lbuild/lib -lresnet_int8 -Wl,-rpath,'$$ORIGIN/../lib'

$(PEERS)/first_logits: Tools/bench-peers/first_logits.c $(HEADER) build/lib/libresnet_int8.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude $(LDFLAGS) -o $@ $< build/lib/libresnet_int8.a

.PHONY: bench-peers
bench-peers: $(PEERS)/venv.stamp $(PEERS)/libworkers.so $(PEERS)/first_logits build/bin/resnet-quantize
bench-peers: build/fashion-mnist/calibration.stamp
	$(PEERS)/venv/bin/python Tools/bench-peers/run.py $(PEERS_OPTIONS)
