# The sources of Debian's packages, for the fuzz targets of the libraries in them. `$(SOURCES)/NAME` is the folder of the
# package NAME.
#
# apt-get has the system's repositories, of sources in place of binaries, and a folder of our own for their lists. So the
# system's stay as they are.

SOURCES := $(FUZZ)/sources
SOURCES_OPTIONS = -qq -o Dir::Etc::SourceList=- -o Dir::Etc::SourceParts=$(CURDIR)/$(SOURCES)/repositories \
  -o Dir::State::Lists=$(CURDIR)/$(SOURCES)/lists -o Dir::Cache=$(CURDIR)/$(SOURCES)/cache
SOURCE_FLAGS := -g -O1 -fsanitize=fuzzer-no-link,address

$(SOURCES)/lists.stamp:
	@mkdir -p $(SOURCES)/lists/partial $(SOURCES)/cache/archives/partial $(SOURCES)/repositories
	for list in $$(find /etc/apt -name '*.sources' -o -name '*.list'); do \
	  sed -e 's/^Types:.*/Types: deb-src/' -e 's/^deb /deb-src /' $$list > $(SOURCES)/repositories/$$(basename $$list); done
	apt-get $(SOURCES_OPTIONS) update
	touch $@

# A mirror may lack the newest version.
$(SOURCES)/libjpeg-turbo $(SOURCES)/libpng1.6: $(SOURCES)/%: | $(SOURCES)/lists.stamp
	rm -rf $@.new && mkdir $@.new
	cd $@.new && for version in $$(apt-cache $(SOURCES_OPTIONS) showsrc $* | sed -n 's/^Version: //p' | sort -rVu); do \
	  apt-get $(SOURCES_OPTIONS) source $*=$$version && break; done
	mv $@.new/$*-*/ $@ && rm -rf $@.new

# The file says which library is fuzzed: the one that is built from its source, or the system's.
$(FUZZ)/%/built:
	@mkdir -p $(@D)
	@if $(MAKE) --no-print-directory $(@D)/$*.a > $(@D)/log 2>&1; \
	then echo "$* from Debian's source, with coverage" > $@; \
	else echo "the system's $*, without coverage ($(@D)/log says why)" > $@; fi
	@echo "fuzzing $$(cat $@)"
