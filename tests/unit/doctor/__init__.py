"""The doctor: each situation that it tells apart is built for real, on loopback."""
