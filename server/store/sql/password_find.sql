-- On: session
SELECT u.user_id, p.hash FROM app_user u JOIN user_password p ON p.user_id = u.user_id WHERE u.login = $1::text
