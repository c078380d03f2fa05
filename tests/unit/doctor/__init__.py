"""The doctor. Each test builds its situation with real servers on loopback."""
