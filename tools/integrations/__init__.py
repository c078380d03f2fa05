"""Writes the list of Novu's providers and the typed credentials that are generated from it. See `generate.py`."""
