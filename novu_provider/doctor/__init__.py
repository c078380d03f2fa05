"""The doctor: what stands between an application's bridge, Novu and a stack, and what to do about it.

``model`` are the data, ``case`` is what is examined, one module a subject holds the checks, ``examine`` runs them.
It reads only: the one `POST` to Novu besides `/v1/bridge/validate` is the preview of a step, and neither writes.
"""
