{
    "name": "Test Finance Consolidation",
    "summary": "The worked example of docs/group-targets.md; never installed in production",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Hidden/Tests",
    "depends": ["finance_consolidation_export"],
}
