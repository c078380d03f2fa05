"""Random edits in code and in the embedded Novu, compared with a small model of the expected result."""
