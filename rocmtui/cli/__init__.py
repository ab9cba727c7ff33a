"""One file a sub-command: stdout is data, stderr is narration."""
