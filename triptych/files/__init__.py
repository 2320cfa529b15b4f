"""Files from outside as data: text, YAML, JSON, XML, pictures, films: bounded, faults in words."""
