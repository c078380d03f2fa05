"""The life cycle on the real Pulumi engine, with real @novu/framework bridges and the embedded Novu."""
