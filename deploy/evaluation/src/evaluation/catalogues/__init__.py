"""What is published about the suite, generated from its code: event schemas, APIs, who may do what."""
