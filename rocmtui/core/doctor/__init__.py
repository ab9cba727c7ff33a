"""What `doctor` and `selftest` find, and how it is judged. Looks at nothing itself."""
