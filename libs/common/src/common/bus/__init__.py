"""The event bus: one protocol, two implementations (Kafka, and a log in PostgreSQL) that pass one contract suite."""
