"""Builds and checks the wheel and the source archive, and tries the command that they install."""
