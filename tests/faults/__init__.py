"""Faults between the provider, Novu and the bridge, and processes that are killed."""
