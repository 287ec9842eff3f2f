"""Money, time, errors and bounds: what every other room stands on."""
