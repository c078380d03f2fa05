"""What the project writes of itself."""
