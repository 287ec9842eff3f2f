copy shape from stdin;
