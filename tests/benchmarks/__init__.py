"""Benchmarks of this library against its peers. Run ``python -m tests.benchmarks`` from the checkout (Linux)."""
