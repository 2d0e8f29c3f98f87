"""How things are drawn: text, bars, curves, colours, glyphs, style sheets."""
