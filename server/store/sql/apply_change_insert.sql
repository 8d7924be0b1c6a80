-- On: commit
-- The events of cases, criteria and emergencies of the batch: $1 homes, $2 customers, $3 seqs
INSERT INTO change (at, homes, customers, seqs) VALUES (real_now(), $1::bigint[], $2::bigint[], $3::bigint[])
