"""The plan for reviewers: reads `pulumi preview --json`, and shows it as Markdown, as text or as JSON.

Data flow: preview JSON → :mod:`.preview` → :class:`.model.ReviewPlan` → :mod:`.plan_lines` → :mod:`.markdown` or
:mod:`.terminal`. This package does not import Pulumi and sends no requests.
"""
