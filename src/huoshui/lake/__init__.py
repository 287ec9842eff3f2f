"""Files and engines: a shop's tables in, fact tables out."""
