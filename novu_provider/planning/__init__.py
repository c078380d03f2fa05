"""Decide: declared x stored x managed -> a plan or a refusal. Pure: no HTTP, no Pulumi."""
