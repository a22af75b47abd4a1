// The headers are all there is; CKernels.c says why they are included.
#include "CIntrinsics.h"
