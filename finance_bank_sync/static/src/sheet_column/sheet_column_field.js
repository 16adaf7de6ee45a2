import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { CharField, charField } from "@web/views/fields/char/char_field";

/**
 * The name of a column, chosen from those of the sample or typed: a profile can be written without one.
 *
 * <field name="column_date" widget="finance_sheet_column" options="{'columns': 'sample_columns'}" />
 */
export class SheetColumnField extends CharField {
    static template = "finance_bank_sync.SheetColumnField";
    static props = { ...CharField.props, columns: { type: String } };

    get columns() {
        return this.props.record.data[this.props.columns] || [];
    }

    get listId() {
        return `${this.props.id || this.props.name}_columns`;
    }
}

registry.category("fields").add("finance_sheet_column", {
    ...charField,
    component: SheetColumnField,
    displayName: _t("Column of a sheet"),
    supportedTypes: ["char"],
    extractProps: (fieldInfo) => ({
        ...charField.extractProps(fieldInfo),
        columns: fieldInfo.options.columns,
    }),
});
