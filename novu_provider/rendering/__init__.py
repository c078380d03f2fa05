"""Showing plans: the parts that review, promotion and the commands share."""
