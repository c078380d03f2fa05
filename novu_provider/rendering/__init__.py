"""How plans are shown: the pieces that review, promotion and the commands share."""
