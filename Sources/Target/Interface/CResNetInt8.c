// This module is its header alone. CKernels.c says why it is included here.
#include "resnet_int8.h"
