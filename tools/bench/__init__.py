"""Benchmark of this package: compared with the engine alone and with a bare sync, at several sizes."""
