# `make demo` takes Fashion-MNIST from Debian's package and quantizes two networks that were trained on it. It compares
# float with int8, and classifies an image from a C program.

FASHION_MNIST := /usr/share/datasets/fashion-mnist
CHECKPOINTS := Tests/Fixtures/fashion-mnist
DEMO := build/demo

build/bin/fashion-mnist-jpeg: Tools/fashion-mnist-jpeg/fashion-mnist-jpeg.c | picture-libraries
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) $(LDFLAGS) -o $@ $< -ljpeg

# Each stamp stands for a folder of JPEGs. SET is the prefix of the data set's files. PER_CLASS is the number of images
# of each class; where it is empty, all are taken.
build/fashion-mnist/test.stamp: SET := t10k
build/fashion-mnist/calibration.stamp: SET := train
build/fashion-mnist/calibration.stamp: PER_CLASS := 50
build/fashion-mnist/%.stamp: build/bin/fashion-mnist-jpeg | fashion-mnist-data
	@rm -rf build/fashion-mnist/$* && mkdir -p build/fashion-mnist
	@gzip -dc $(FASHION_MNIST)/$(SET)-images-idx3-ubyte.gz > build/fashion-mnist/$*-images.idx
	@gzip -dc $(FASHION_MNIST)/$(SET)-labels-idx1-ubyte.gz > build/fashion-mnist/$*-labels.idx
	@$< build/fashion-mnist/$*-images.idx build/fashion-mnist/$*-labels.idx build/fashion-mnist/$* $(PER_CLASS)
	@rm build/fashion-mnist/$*-images.idx build/fashion-mnist/$*-labels.idx
	@touch $@

build/fashion-mnist/labels.txt: build/fashion-mnist/test.stamp
	@ls build/fashion-mnist/test > $@

FASHION_IMAGES := build/fashion-mnist/calibration.stamp build/fashion-mnist/test.stamp build/fashion-mnist/labels.txt

# Each network keeps the input size that it was trained at.
resnet20-fashion-mnist: SIZE := 28
bottleneck-fashion-mnist: SIZE := 56

# Each of these goals quantizes a checkpoint, then compares float and int8 on the test set.
.PHONY: resnet20-fashion-mnist bottleneck-fashion-mnist
resnet20-fashion-mnist bottleneck-fashion-mnist: $(RESNET_QUANTIZE) $(FASHION_IMAGES)
	@mkdir -p $(DEMO)
	@printf '\n== %s: float32 checkpoint to int8 model ==\n' $@
	$(RESNET_QUANTIZE) $(CHECKPOINTS)/$@.pth --calibration build/fashion-mnist/calibration \
	  --labels build/fashion-mnist/labels.txt --input-size $(SIZE) --output $(DEMO)/$@.rn8
	@printf '\n== %s: float and int8 on the 10,000 test images ==\n' $@
	$(RESNET_QUANTIZE) evaluate $(DEMO)/$@.rn8 --images build/fashion-mnist/test --checkpoint $(CHECKPOINTS)/$@.pth

.PHONY: demo
demo: library resnet20-fashion-mnist bottleneck-fashion-mnist
	@printf '\n== a C program with libresnet_int8.a classifies a JPEG ==\n'
	$(CC) $(CFLAGS) $(STRICT) -Iinclude $(LDFLAGS) -o $(DEMO)/classify Tools/classify/classify.c build/lib/libresnet_int8.a -ljpeg -lm
	@image=$$(find build/fashion-mnist/test/9-ankle-boot -name '*.jpg' | sort | head -n 1); \
	for model in resnet20-fashion-mnist bottleneck-fashion-mnist; do \
	  echo "$(DEMO)/classify $(DEMO)/$$model.rn8 $$image"; \
	  $(DEMO)/classify $(DEMO)/$$model.rn8 $$image || exit 1; \
	done
