"""Tests that the secret key and the bypass token never leak into files, logs or requests, and can be rotated."""
