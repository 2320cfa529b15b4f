"""Files from outside as data: text, YAML and JSON, read with bounds, each fault told in words."""
