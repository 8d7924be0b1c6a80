SELECT e.epoch, business_now() FROM reference_epoch e
