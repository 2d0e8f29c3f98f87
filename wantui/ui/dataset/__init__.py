"""The dataset on the screen: its list, its problems, its settings, imports and trash."""
