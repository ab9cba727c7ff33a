"""Which GPU llama-server may see: who can be used at all, which is taken, and how the others are hidden."""
