"""Benchmarks of voice: likeness, drift, genericness, each with people held out; and what fits the shipped files."""
