"""Test bridges with the real `@novu/framework`, and their Python client.

`process.py` starts the bridges, `specs.py` builds their specs, and `caller.py` calls them as Novu does.
"""
