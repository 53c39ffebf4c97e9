"""The door of the devices: the companion agent's channel. What comes in here is hostile until it is judged."""
