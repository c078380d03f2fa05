"""The client of the application's bridge endpoint."""
