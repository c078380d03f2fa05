"""The doctor: a read-only diagnosis of the bridge, of Novu and of the stack's settings.

``checks`` holds one module per subject. ``runner`` runs the checks, ``context`` holds the data that they share, and
``report`` defines their findings. ``diagnosis`` runs all of them.

Nothing is written to Novu. Two of the requests are a `POST`: `/v1/bridge/validate` and the preview of a step.
"""
