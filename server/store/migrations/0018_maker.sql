-- Whoever has made a case follows it. Runs as creditd_owner with search_path = creditd, in one transaction. Conventions:
-- 0001_first.sql.

-- The maker is in whose name it was submitted. It holds only what no step but the first and the last changes, so that the
-- steps between stay HOT updates; one maker's open cases are few.
CREATE INDEX application_maker ON application (coalesce(submitted_for, submitted_by), branch_id) WHERE open;
