"""How far the figures of a run can be trusted: stamps, hosts, others on the server, and the warnings."""
