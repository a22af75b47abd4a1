// FloatKernels
