"""Python modules of `action.yml`."""
