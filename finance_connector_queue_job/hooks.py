def post_init_hook(env):
    """The job runner works the queue from now on; the scheduled actions look less often."""
    env["finance.dispatcher"]._pace_scheduled_actions()


def uninstall_hook(env):
    """Back to the scheduled actions; jobs of a method that is gone would fail."""
    dispatcher = env["finance.dispatcher"]
    dispatcher._remove_waiting_jobs()
    env["ir.config_parameter"].search([("key", "=like", "finance_connector_queue_job.%")]).unlink()
    dispatcher._set_interval_of_scheduled_actions(1)
