"""The plan for reviewers: `pulumi preview --json` read, and shown as Markdown, as text or as JSON.

As data flows: preview's JSON → :mod:`.preview` → :class:`.model.ReviewPlan` → :mod:`.lines` → :mod:`.markdown` or
:mod:`.text`. Nothing here imports Pulumi or asks anybody.
"""
