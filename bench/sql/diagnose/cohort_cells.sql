-- needs: months
-- key: month, offset
SELECT strftime(f.first_month, '%Y-%m') AS month, date_diff('month', f.first_month, m.month) AS "offset",
       count(*) AS users, sum(m.value) AS value_fen
FROM months m JOIN (SELECT person, min(month) AS first_month FROM months GROUP BY person) f ON f.person = m.person
GROUP BY f.first_month, m.month
