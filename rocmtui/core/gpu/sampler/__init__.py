"""What the main process and the GPU sampler agree on: messages, patience, which source wins."""
