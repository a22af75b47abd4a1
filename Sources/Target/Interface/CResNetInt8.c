// The header is all there is; CKernels.c says why it is included.
#include "resnet_int8.h"
