"""The emulator's data: environments, workflows, steps and their stored documents."""
