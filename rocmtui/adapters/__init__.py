"""One port and one outside thing each: sockets, processes, sysfs, files."""
