"""Novu environments as declared state."""
