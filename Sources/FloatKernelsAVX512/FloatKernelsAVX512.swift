// FloatKernelsAVX512
