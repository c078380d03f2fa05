"""Measures what this package costs: against the engine's floor, against the bare sync, at several sizes."""
