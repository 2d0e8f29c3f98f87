"""Everything that a person can ask for, each defined once: keys, footer, help and palette come from here."""
