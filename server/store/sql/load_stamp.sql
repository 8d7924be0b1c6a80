-- On: commit, read, audit, watch
-- What everything is decided with: the epoch of the reference data, the business time, and whether commits are durable
-- still (settings may change in an open session). The business time is written out: the function of that name would be
-- planned anew by every statement that calls it.
SELECT e.epoch, (SELECT real_now() + c.offset_us FROM clock c),
       current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
           AND current_setting('synchronous_commit') IN ('on', 'remote_apply')
FROM reference_epoch e
