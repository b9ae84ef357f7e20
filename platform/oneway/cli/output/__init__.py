"""How values leave the tool: lines, tables, progress, and the formats of findings."""
