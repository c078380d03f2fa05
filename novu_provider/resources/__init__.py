"""The Pulumi resources and their dynamic providers. The only package that imports Pulumi."""
