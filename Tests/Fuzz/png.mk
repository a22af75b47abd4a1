# libpng for the fuzz target of PNGs, as libjpeg for that of JPEGs. zlib is the system's.

LIBPNG := $(FUZZ)/libpng
LIBPNG_SOURCE := $(SOURCES)/libpng1.6

$(FUZZ)/fuzz-png: $(LIBPNG)/built
$(FUZZ)/fuzz-png: FUZZ_LINK = -Xlinker -L$(CURDIR)/$(LIBPNG)

# pnglibconf.h is the system's, so that the library has the interface that the fuzz target is compiled for.
$(LIBPNG)/libpng.a: | $(LIBPNG_SOURCE)
	cd $(LIBPNG_SOURCE) && printf '#include <libpng16/pnglibconf.h>\n' > pnglibconf.h && \
	  for name in png pngerror pngget pngmem pngpread pngread pngrio pngrtran pngrutil pngset pngtrans pngwio pngwrite \
	    pngwtran pngwutil; do \
	  $(FUZZ_CLANG) $(SOURCE_FLAGS) -DPNG_INTEL_SSE_OPT=0 -DPNG_ARM_NEON_OPT=0 -c $$name.c || exit 1; done
	ar rcs $@ $(LIBPNG_SOURCE)/*.o
