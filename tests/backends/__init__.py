"""Tests of the three state backends that teams use: file, S3-compatible storage and PostgreSQL, on real servers."""
