from prometheus_client.openmetrics.parser import text_string_to_metric_families

from odoo.addons.finance_integration_audit.metrics import exposition as module
from odoo.addons.finance_integration_audit.metrics.exposition import Series, exposition, trace_id
from odoo.addons.finance_integration_audit.metrics.metric import COUNTER, GAUGE, Metric


def read(*families):
    text = exposition(families, {"3": {"kind": "finance.adapter.http", "environment": "test"}}).decode()
    return {family.name: family.samples for family in text_string_to_metric_families(text)}


def test_private_labels_are_added_up():
    """M-12: whose a task is stays inside."""
    metric = Metric(name="open", kind=GAUGE, title="Open", labels=("flow", "owner"), private=("owner",))
    series = [Series(labels={"flow": "1", "owner": owner}, value=2.0) for owner in "ab"]
    [sample] = read((metric, series))["open"]
    assert (sample.labels, sample.value) == ({"company": "", "flow": "1"}, 4.0)


def test_the_number_of_series_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 3)
    metric = Metric(name="seen", kind=COUNTER, title="Seen", labels=("flow",))
    found = read((metric, [Series(labels={"flow": str(number)}, value=number) for number in range(10)]))
    assert [sample.value for sample in found["seen"]] == [9, 8, 7]
    assert [sample.value for sample in found["finance_series_dropped"]] == [7]


def test_labels_are_escaped_and_connections_are_described():
    metric = Metric(name="seen", kind=COUNTER, title="Seen", labels=("reason",))
    found = read((metric, [Series(labels={"reason": 'a "b"\n\\c'}, value=1)]))
    assert found["seen"][0].labels["reason"] == 'a "b"\n\\c'
    assert found["finance_connection_info"][0].labels["kind"] == "finance.adapter.http"


def test_trace_ids_are_those_of_correlation_ids():
    assert trace_id("0AF76519-16cd-43dd-8448-eb211c80319c") == "0af7651916cd43dd8448eb211c80319c"
    assert len(trace_id("payment-4711")) == 32
    assert trace_id("payment-4711") == trace_id("payment-4711")
