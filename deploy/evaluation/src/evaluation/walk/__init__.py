"""The main job, step by step, over the public REST API: what the demo plays and the end-to-end test asserts."""
