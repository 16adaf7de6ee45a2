"""Stand-in of HashiCorp Vault: KV version 2 and AppRole, over plain HTTP on this machine."""
