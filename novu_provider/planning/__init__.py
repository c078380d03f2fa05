"""Plans and refusals, computed from declared, stored and managed workflows. Pure: no HTTP, no Pulumi."""
