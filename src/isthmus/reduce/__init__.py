"""Reduction methods: makers of candidate steps, and the writing of a reduction as a model."""
