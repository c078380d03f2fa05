"""Controllable bridges on the real `@novu/framework`, and their Python side.

`process.py` starts them, `specs.py` builds what they serve, `caller.py` calls them as Novu does.
"""
