"""The client of Novu's API. It reads and writes, and decides nothing."""
