"""Benchmarks: `make bench` runs every suite, writes `out/bench.json` and shows what changed."""
