-- On: commit, read, audit, watch
-- What everything is decided with: the epoch of the reference data, the business time, and whether commits are durable
-- still (settings may change in an open session).
SELECT e.epoch, business_now(),
       current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
           AND current_setting('synchronous_commit') IN ('on', 'remote_apply')
FROM reference_epoch e
