# The Debian packages that goals need. `make demo` and `make test` install those that are missing. Every other goal
# names them and stops.

MAY_INSTALL := $(filter demo test,$(MAKECMDGOALS))

# The other remedy, for packages that `make demo` installs.
OR_DEMO := , or run \`make demo\`, which does

# REQUIRE_MISSING installs the packages that the shell variable `missing` names, or names them and stops. Each name in
# the variable follows a space.
define REQUIRE_MISSING
[ -n "$$missing" ] || exit 0; \
if [ -z "$(MAY_INSTALL)" ]; then \
  echo "missing:$$missing. Install with \`apt-get install$$missing\`$(OR_DEMO)." >&2; exit 1; \
fi; \
if ! command -v apt-get > /dev/null; then \
  echo "missing:$$missing (so Debian calls them; there is no apt-get here: install them by hand)" >&2; exit 1; \
fi; \
sudo=; \
if [ "$$(id -u)" != 0 ]; then \
  sudo=sudo; command -v sudo > /dev/null || { echo "missing:$$missing; install them as root" >&2; exit 1; }; \
fi; \
echo "installing$$missing"; \
$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $$missing > /dev/null
endef

# NEW_VENV is a recipe's lines that make a Python environment beside its target, in the folder venv.
define NEW_VENV
@missing=; $(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || missing=" python3-venv"; $(REQUIRE_MISSING)
$(PYTHON) -m venv --clear $(@D)/venv
endef

.PHONY: picture-libraries fashion-mnist-data emulators signing schedulers
picture-libraries:
	@missing=; \
	printf '#include <stdio.h>\n#include <jpeglib.h>\n' | $(CC) -E - > /dev/null 2>&1 || missing=" libjpeg-dev"; \
	printf '#include <png.h>\n' | $(CC) -E - > /dev/null 2>&1 || missing="$$missing libpng-dev"; \
	$(REQUIRE_MISSING)

fashion-mnist-data:
	@missing=; [ -e $(FASHION_MNIST)/train-images-idx3-ubyte.gz ] || missing=" dataset-fashion-mnist"; \
	$(REQUIRE_MISSING)

# Without the emulators and the compilers for other processors, Tests/C/run.sh skips their tests and says so.
emulators:
	-@missing=; \
	if [ "$$(uname -m)" = x86_64 ]; then \
	  command -v qemu-x86_64 > /dev/null || missing="$$missing qemu-user"; \
	  command -v aarch64-linux-gnu-gcc > /dev/null || missing="$$missing gcc-aarch64-linux-gnu libc6-dev-arm64-cross"; \
	fi; \
	command -v qemu-system-arm > /dev/null || missing="$$missing qemu-system-arm"; \
	command -v arm-none-eabi-gcc > /dev/null || missing="$$missing gcc-arm-none-eabi"; \
	command -v qemu-system-riscv32 > /dev/null || missing="$$missing qemu-system-misc"; \
	command -v riscv64-unknown-elf-gcc > /dev/null || missing="$$missing gcc-riscv64-unknown-elf"; \
	$(REQUIRE_MISSING)

# Without these, Tests/C/run.sh skips the test of signed models and says so.
signing:
	-@missing=; \
	printf '#include <sodium.h>\n' | $(CC) -E - > /dev/null 2>&1 || missing=" libsodium-dev"; \
	command -v openssl > /dev/null || missing="$$missing openssl"; \
	$(REQUIRE_MISSING)

# Without these, Tests/Build/evaluation.py skips the schedulers that are missing, and says so.
schedulers:
	-@missing=; \
	command -v parallel > /dev/null || missing=" parallel"; \
	$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || missing="$$missing python3-venv"; \
	$(REQUIRE_MISSING)
