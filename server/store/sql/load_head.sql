-- On: commit, read
SELECT h.chain_seq, h.chain_hash, h.last_event_at FROM organisation_head h
