# `make install` installs below PREFIX, and the libraries in LIBDIR. DESTDIR is put in front of both.

INSTALLED_INCLUDE = $(DESTDIR)$(PREFIX)/include
INSTALLED_LIB = $(DESTDIR)$(LIBDIR)
INSTALLED_BIN = $(DESTDIR)$(PREFIX)/bin

.PHONY: install install-library install-tools uninstall
# For another architecture there are no tools.
INSTALLED_TOOLS := $(if $(filter $(HOST_ARCH),$(ARCH)),$(TOOLS))
install: install-library $(if $(INSTALLED_TOOLS),install-tools)

install-library: library
	install -d $(INSTALLED_INCLUDE) $(INSTALLED_LIB)/pkgconfig
	install -m 644 $(HEADER) $(INSTALLED_INCLUDE)
	install -m 644 $(BUILD)/lib/libresnet_int8.a $(INSTALLED_LIB)
	install -m 755 $(BUILD)/lib/$(SHARED) $(INSTALLED_LIB)
	ln -sf $(SHARED) $(INSTALLED_LIB)/$(SONAME)
	ln -sf $(SONAME) $(INSTALLED_LIB)/libresnet_int8.so
	sed -e 's|^prefix=.*|prefix=$(PREFIX)|' -e 's|^libdir=.*|libdir=$(LIBDIR)|' $(BUILD)/lib/pkgconfig/resnet_int8.pc \
	  > $(INSTALLED_LIB)/pkgconfig/resnet_int8.pc

install-tools: $(INSTALLED_TOOLS)
	@[ -n "$(INSTALLED_TOOLS)" ] || { echo "there are no tools for $(ARCH): they run where they are built" >&2; exit 1; }
	install -d $(INSTALLED_BIN)
	install -m 755 $(INSTALLED_TOOLS) $(INSTALLED_BIN)

uninstall:
	rm -f $(INSTALLED_INCLUDE)/resnet_int8.h $(addprefix $(INSTALLED_BIN)/,$(notdir $(INSTALLED_TOOLS))) \
	  $(addprefix $(INSTALLED_LIB)/,libresnet_int8.a libresnet_int8.so $(SONAME) $(SHARED) pkgconfig/resnet_int8.pc)
