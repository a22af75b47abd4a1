# `make threads MODEL=resnet50.rn8 THREADS=4` prints the milliseconds for one image, with one thread and with several
# that share it.

THREADS ?= 2

build/bin/threads: Tools/threads/threads.c $(HEADER) build/lib/libresnet_int8.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -pthread $(LDFLAGS) -o $@ $< build/lib/libresnet_int8.a

.PHONY: threads
threads: build/bin/threads
	@[ -e $(MODEL) ] || { echo "no model $(MODEL): run \`make demo\` first, or give MODEL=FILE.rn8" >&2; exit 1; }
	build/bin/threads $(MODEL) $(THREADS)
