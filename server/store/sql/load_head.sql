-- On: commit, read
-- Head of a chain of home 0. $1 the chain
SELECT h.chain_seq, h.chain_hash, h.last_event_at FROM reference_head h WHERE h.chain = $1::smallint
