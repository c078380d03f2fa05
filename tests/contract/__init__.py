"""Holds the embedded Novu to exchanges recorded from a real one. See README.md."""
