-- needs: people
-- Each new user's first order that was not wholly refunded; of two at one instant the one whose id has the least hash.
firsts AS (
    SELECT c.person, arg_min(c.order_id, row(c.at, hash(c.order_id))) AS order_id
    FROM costed c JOIN people p ON p.person = c.person
    WHERE NOT c.abuser AND c.refund < c.price AND NOT p.is_old
    GROUP BY c.person
)
