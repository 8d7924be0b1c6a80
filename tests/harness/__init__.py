"""What the system and fault tests share: a PostgreSQL cluster per run, creditd processes, clients, the checker."""
