"""Write `examples/ci` from the templates of `novu-provider ci`."""
