"""Wording of messages, and safe display of untrusted text. Uses only the standard library."""
