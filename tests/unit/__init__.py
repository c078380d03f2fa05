"""Fast tests of the core: no engine, no Node, and no network but the seam (`inner`, a transport)."""
