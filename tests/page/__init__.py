"""Tests of the emulator's page: its guard, its secrets, its forms, and the whole story in a real browser."""
