"""From types to JSON schemas, and from JSON back to objects."""
