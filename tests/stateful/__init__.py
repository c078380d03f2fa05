"""Random edits on both sides, against the embedded Novu and a small model of what must come of them."""
