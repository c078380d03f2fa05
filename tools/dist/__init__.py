"""The distribution: build the wheel and the source archive, check them, and try the command that they install."""
