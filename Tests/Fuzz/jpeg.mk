# libjpeg for the fuzz target of JPEGs: from the source of Debian's package, with libFuzzer's coverage and the address
# sanitizer, where that can be had. Without it the system's libjpeg is used, and libFuzzer sees only what calls it.

LIBJPEG := $(FUZZ)/libjpeg
LIBJPEG_SOURCE := $(SOURCES)/libjpeg-turbo

$(FUZZ)/fuzz-jpeg: $(LIBJPEG)/built
$(FUZZ)/fuzz-jpeg: FUZZ_LINK = -Xlinker -L$(CURDIR)/$(LIBJPEG)

# The portable C code gives the same pixels as the assembly code that it stands for. jconfig.h is the system's, so that
# the library has the interface that the fuzz target is compiled for.
$(LIBJPEG)/libjpeg.a: | $(LIBJPEG_SOURCE)
	cd $(LIBJPEG_SOURCE) && sed -e 's/@INLINE@/inline/' -e 's/@THREAD_LOCAL@/_Thread_local/' -e 's/@SIZE_T@/8/' \
	  -e 's/#cmakedefine .*//' jconfigint.h.in > jconfigint.h && cp jversion.h.in jversion.h
	cd $(LIBJPEG_SOURCE) && for name in $$(sed -n '/set(JPEG_SOURCES j/,/)/p' CMakeLists.txt | grep -o 'j[a-z0-9]*\.c') \
	  jaricom.c jcarith.c jdarith.c jsimd_none.c; do \
	  $(FUZZ_CLANG) $(SOURCE_FLAGS) -c $$name || exit 1; done
	ar rcs $@ $(LIBJPEG_SOURCE)/*.o
