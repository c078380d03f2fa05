"""Import paths that stored Pulumi states contain. They must stay importable forever.

Pulumi stores a reference to the provider with every resource: a module path and a name. The package's `__path__`
includes this folder, so `novu_provider.binding` is `_state_paths/binding.py`. The code itself is in `resources`.
"""
