"""Tests that the emulator behaves like a real Novu, by recordings of one. See README.md."""
