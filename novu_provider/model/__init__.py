"""What a workflow, a manifest and an environment are. Pure data and rules: no HTTP, no Pulumi, no files."""
