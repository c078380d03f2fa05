"""Tests of the distribution and of the project's configuration files."""
