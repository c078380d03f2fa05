"""The distribution and the project's own files."""
