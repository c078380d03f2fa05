"""Write to Novu: one guarded sync per update, and the settings that no sync changes."""
