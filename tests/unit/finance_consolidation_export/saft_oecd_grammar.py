"""What schema 2.00 of the OECD (edition of June 2012) says of each element, for the reader of ``saft_grammar``.

Made from the schema, which is not kept here, and not from the writer; without what a general ledger does not have.
"""

from saft_grammar import BALANCES

AMOUNT = "Amount CurrencyCode? CurrencyAmount? ExchangeRate?"
PARTY = "RegistrationNumber? Name Address+ Contact* TaxRegistration* BankAccount*"
OPTIONAL_BALANCES = " ".join(f"{word}?" for word in BALANCES.split())
GRAMMAR = {
    "AuditFile": "Header MasterFiles? GeneralLedgerEntries? SourceDocuments?",
    "Header": "AuditFileVersion AuditFileCountry AuditFileRegion? AuditFileDateCreated SoftwareCompanyName SoftwareID"
    " SoftwareVersion Company DefaultCurrencyCode SelectionCriteria? HeaderComment? TaxAccountingBasis TaxEntity?",
    "Company": "RegistrationNumber Name Address+ Contact+ TaxRegistration* BankAccount*",
    "Address": "StreetName? Number? AdditionalAddressDetail? Building? City PostalCode Region? Country? AddressType?",
    # as that of the header, where the telephone has to be
    "Contact": "ContactPerson Telephone Fax? Email? Website?",
    "ContactPerson": "Title? FirstName Initials? LastNamePrefix? LastName BirthName? Salutation? OtherTitles*",
    "TaxRegistration": "TaxRegistrationNumber TaxType? TaxNumber? TaxAuthority? TaxVerificationDate?",
    "SelectionCriteria": "TaxReportingJurisdiction? CompanyEntity? SelectionStartDate SelectionEndDate DocumentType?"
    " OtherCriteria*",
    "MasterFiles": "GeneralLedgerAccounts? Taxonomies? Customers? Suppliers? TaxTable? UOMTable? AnalysisTypeTable?"
    " MovementTypeTable? Products? PhysicalStock? Owners? Assets?",
    "GeneralLedgerAccounts": "Account+",
    "Account": "AccountID AccountDescription StandardAccountID? GroupingCategory? GroupingCode? AccountType"
    " AccountCreationDate? " + BALANCES,
    "Customers": "Customer+",
    "Customer": f"{PARTY} CustomerID? SelfBillingIndicator? AccountID? {OPTIONAL_BALANCES}",
    "Suppliers": "Supplier+",
    "Supplier": f"{PARTY} SupplierID? SelfBillingIndicator? AccountID? {OPTIONAL_BALANCES}",
    "TaxTable": "TaxTableEntry+",
    "TaxTableEntry": "TaxType Description TaxCodeDetails+",
    "TaxCodeDetails": "TaxCode EffectiveDate? ExpirationDate? Description? TaxPercentage|FlatTaxRate? Country Region?",
    "AnalysisTypeTable": "AnalysisTypeTableEntry+",
    "AnalysisTypeTableEntry": "AnalysisType AnalysisTypeDescription AnalysisID AnalysisIDDescription",
    "GeneralLedgerEntries": "NumberOfEntries TotalDebit TotalCredit Journal*",
    "Journal": "JournalID Description Type Transaction*",
    "Transaction": "TransactionID Period PeriodYear TransactionDate SourceID? TransactionType? Description BatchID?"
    " SystemEntryDate GLPostingDate CustomerID? SupplierID? SystemID? Line+",
    "Line": "RecordID AccountID Analysis* ValueDate? SourceDocumentID? CustomerID? SupplierID? Description"
    " DebitAmount|CreditAmount TaxInformation*",
    "Analysis": "AnalysisType AnalysisID AnalysisAmount?",
    "TaxInformation": "TaxType? TaxCode? TaxPercentage? TaxBase? TaxBaseDescription? TaxAmount TaxExemptionReason?"
    " TaxDeclarationPeriod?",
    **dict.fromkeys(("DebitAmount", "CreditAmount", "AnalysisAmount", "TaxAmount"), AMOUNT),
}
FORMS: dict[str, int | str] = {
    **dict.fromkeys(("AuditFileVersion", "Type", "AnalysisType", "TaxType", "TaxCode"), 9),
    **dict.fromkeys(("SoftwareVersion", "Telephone", "PostalCode", "AccountType", "JournalID", "TransactionType"), 18),
    **dict.fromkeys(("SystemID", "RecordID", "TaxAccountingBasis"), 18),
    **dict.fromkeys(("RegistrationNumber", "TaxRegistrationNumber", "City", "FirstName", "StandardAccountID"), 35),
    **dict.fromkeys(("GroupingCategory", "GroupingCode", "CustomerID", "SupplierID", "AnalysisID", "SourceID"), 35),
    "SourceDocumentID": 35,
    **dict.fromkeys(("SoftwareCompanyName", "Name", "StreetName", "LastName", "Email", "AccountID"), 70),
    "TransactionID": 70,
    **dict.fromkeys(("SoftwareID", "AccountDescription", "Description"), 256),
    **dict.fromkeys(("AnalysisTypeDescription", "AnalysisIDDescription"), 256),
    **dict.fromkeys(("AuditFileDateCreated", "SelectionStartDate", "SelectionEndDate", "AccountCreationDate"), "date"),
    **dict.fromkeys(("TransactionDate", "SystemEntryDate", "GLPostingDate"), "date"),
    **dict.fromkeys(("OpeningDebitBalance", "OpeningCreditBalance", "ClosingDebitBalance"), "money"),
    **dict.fromkeys(("ClosingCreditBalance", "TotalDebit", "TotalCredit", "Amount", "CurrencyAmount"), "money"),
    "ExchangeRate": "rate",
    **dict.fromkeys(("TaxPercentage", "TaxBase"), "number"),
    **dict.fromkeys(("AuditFileCountry", "Country"), "[A-Z]{2}"),
    **dict.fromkeys(("DefaultCurrencyCode", "CurrencyCode"), "[A-Z]{3}"),
    **dict.fromkeys(("NumberOfEntries", "Period"), "[0-9]+"),
    "PeriodYear": "19[7-9][0-9]|20[0-9]{2}|2100",
}
