"""Cost accounting: what every yuan of incentive balance cost, where it leaked and what it brought."""
