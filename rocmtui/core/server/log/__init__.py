"""What llama-server's log tells: its lines, how far a load has come, prompts, requests that ended."""
