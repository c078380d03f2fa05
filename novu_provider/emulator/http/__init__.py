"""Requests and responses of the emulator, as Novu has them."""
