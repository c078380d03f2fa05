"""Tests that the emulator behaves like a real Novu, with recordings of a real one. See README.md."""
