"""Everything that the emulator does with a bridge: discover, sync, preview."""
