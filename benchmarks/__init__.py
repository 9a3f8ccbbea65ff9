"""What we promise about cost, measured beside the raw limit in the same run: ``python -m benchmarks``."""
