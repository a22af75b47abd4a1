# `make oracle COUNT=1000 SEED=1` compares random models with a reference in numpy, bit for bit. Without SEED it takes
# models that nobody has tried yet. A difference names the seed that makes its model again.

COUNT ?= 1000

.PHONY: numpy
numpy: OR_DEMO :=
numpy:
	@missing=; Tests/Oracle/oracle.sh --help > /dev/null 2>&1 || missing=" python3-numpy"; $(REQUIRE_MISSING)

build/tests/logits: Tests/Oracle/logits.c Tests/C/support.h $(HEADER) build/lib/libresnet_int8.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -pthread $(LDFLAGS) -o $@ $< build/lib/libresnet_int8.a

.PHONY: oracle
oracle: build/tests/logits | numpy
	Tests/Oracle/oracle.sh --count $(COUNT) $(if $(SEED),--seed $(SEED))
