{
    "name": "Test Finance Connector",
    "summary": "Fakes for the tests of the control plane; never installed in production",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Hidden/Tests",
    "depends": ["finance_connector_base"],
    "data": ["security/ir.model.access.csv"],
}
