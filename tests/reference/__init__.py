"""The rules on standing against an independent reference: a package, for another folder has a test of the same name."""
