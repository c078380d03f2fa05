"""The emulator's data: environments, workflows and steps, and the documents that store them."""
