// This target has only a header. CKernels.c says why it is included here.
#include "CFloatKernels.h"
