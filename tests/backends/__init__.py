"""State on the three backends that teams use: a local file, S3-compatible storage, PostgreSQL. On real servers."""
