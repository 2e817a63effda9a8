"""From a delivery to validated tables: read, translate, parse, validate, and say everything that is wrong at once."""
