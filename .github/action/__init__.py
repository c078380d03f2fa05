"""The parts of `action.yml`."""
