-- On: commit, read, watch
SELECT u.user_id, u.unit_id, u.job_level, u.roles, u.disabled, u.login, u.name FROM app_user u ORDER BY u.user_id
