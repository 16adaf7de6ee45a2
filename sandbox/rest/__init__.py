"""Stand-ins of REST systems: one small file a system, one server for all of them (see README)."""
