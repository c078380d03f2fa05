"""Wording of messages, and text from elsewhere made safe to print. Uses the standard library only."""
