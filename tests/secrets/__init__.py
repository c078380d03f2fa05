"""The key and the bypass token: in nothing that is written, sent to nobody else, and rotated without a trace."""
