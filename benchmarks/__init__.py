"""Measured claims, one script each: `python -m benchmarks.NAME [--quick] --json`."""
