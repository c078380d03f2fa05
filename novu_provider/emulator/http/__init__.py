"""The HTTP side of the emulator: endpoints, errors, validation and rate limits in Novu's format."""
