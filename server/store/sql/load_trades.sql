-- On: commit
-- Trades by document: in the home that is named, and in the home of a customer with that number whom the region looks
-- after though another one opened the file. Home 0: of any customer with that number.
SELECT t.*
FROM unnest($1::smallint[], $2::text[]) AS u (home_id, document)
JOIN trade_row t ON t.home_id = u.home_id AND t.document = u.document
UNION ALL
SELECT t.*
FROM unnest($1::smallint[], $2::text[], $3::integer[], $4::text[]) AS u (home_id, document, region_id, number)
JOIN customer c ON c.number = u.number AND (c.region_id = u.region_id OR u.home_id = 0) AND c.home_id <> u.home_id
JOIN trade_row t ON t.home_id = c.home_id AND t.document = u.document
