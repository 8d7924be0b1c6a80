-- On: read
-- Version $1 and its text
SELECT r.*, p.text FROM policy_row r JOIN policy_version p ON p.version = r.version WHERE r.version = $1::integer
