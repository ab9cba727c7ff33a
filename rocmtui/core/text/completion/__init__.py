"""What a shell completes, and the script that says so, a file a shell."""
