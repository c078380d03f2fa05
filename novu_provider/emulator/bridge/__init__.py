"""The emulator's requests to a bridge (discover, preview) and the writes that follow them."""
