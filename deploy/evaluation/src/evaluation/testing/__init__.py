"""Rigs of the tests: databases made from a template, and a Kafka wherever one can be had."""
