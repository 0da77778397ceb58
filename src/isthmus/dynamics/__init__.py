"""A model read at one level, compiled to kernels and arrays."""
