"""The guard over what has been: how campaigns were drawn, their cohorts, and every step it would have proposed."""
