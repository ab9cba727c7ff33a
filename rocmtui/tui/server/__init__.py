"""Starting, attaching to, controlling a server, and why it failed."""
