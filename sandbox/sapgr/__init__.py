"""SAP S/4HANA Group Reporting as far as packages are loaded into it."""
