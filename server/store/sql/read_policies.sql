-- On: commit, read, watch
SELECT p.version, p.text FROM policy_version p ORDER BY p.version
