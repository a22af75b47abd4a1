# `make selftest` tests that this machine computes the published vectors. For another device, compile Tools/selftest
# with build/selftest/vectors.h and the library of that device.

SELFTEST := build/selftest
VECTORS := Tests/Vectors/logits.sha256

$(SELFTEST)/vectors.h: Tools/selftest/embed.sh $(VECTORS) $(wildcard Tests/Vectors/*.image Tests/Fixtures/models/*.rn8)
	@mkdir -p $(@D)
	@Tools/selftest/embed.sh $(VECTORS) Tests/Fixtures/models > $@.new && mv $@.new $@

SELFTEST_FLAGS = $(CFLAGS) $(STRICT) -Iinclude -I$(SELFTEST)
build/tests/selftest: Tools/selftest/selftest.c Tools/selftest/sha256.h $(SELFTEST)/vectors.h $(HEADER) \
  build/lib/libresnet_int8.a
	@mkdir -p $(@D)
	$(CC) $(SELFTEST_FLAGS) $(LDFLAGS) -o $@ $< build/lib/libresnet_int8.a

.PHONY: selftest
selftest: build/tests/selftest
	build/tests/selftest
