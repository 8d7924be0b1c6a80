-- On: commit, read, watch
-- All that were ever published: cases stay on the version that they began with.
SELECT p.version, p.effective_at, p.rolled_back_at IS NOT NULL, p.text
FROM policy_version p WHERE p.published_at IS NOT NULL ORDER BY p.version
