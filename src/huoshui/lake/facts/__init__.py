"""Fact tables: a shop's canonical tables summed to what cost accounting reads, written once in Ibis.

    prepared.py    one row an order with every cost on it (costed_orders); one row a grant with what became of it
    orders.py      sums by month and source, channels, cohorts, months, RFM
    agents.py      who took what, by layer and agent, price gaps included
    balance.py     bonus lots: which order drew which grant; what expired, what is open
    campaigns.py   outcomes by arm: moments of value in the window
    unit_costs.py  CAC, CRC and CCV by segment, campaign, source and month
    levels.py      the drain loop

Every function takes a `Prepared` and returns an Ibis expression of small result; `read` turns it into core's values.
"""
