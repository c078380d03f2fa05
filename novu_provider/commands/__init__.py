"""The subcommands of ``novu-provider``, one module each."""
