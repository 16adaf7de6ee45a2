import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * A button whose caption is the value of the field, so that it can say what it does for this
 * very record ("Map the code", "Open the connection"). Without a value there is no button.
 *
 * <field name="fix_label" widget="finance_action_button" options="{'action': 'action_fix'}" />
 */
export class ActionButtonField extends Component {
    static template = "finance_connector_base.ActionButtonField";
    static props = { ...standardFieldProps, action: { type: String } };

    get caption() {
        return this.props.record.data[this.props.name];
    }

    get className() {
        return this.env.config.viewType === "form" ? "btn-primary" : "btn-outline-primary btn-sm py-0";
    }

    onClick() {
        const { context, evalContext, resModel, resId, resIds } = this.props.record;
        return this.env.onClickViewButton({
            clickParams: { type: "object", name: this.props.action },
            getResParams: () => ({ context, evalContext, resModel, resId, resIds }),
        });
    }
}

registry.category("fields").add("finance_action_button", {
    component: ActionButtonField,
    displayName: _t("Button with the caption of the record"),
    supportedTypes: ["char"],
    isEmpty: () => false,
    extractProps: ({ options }) => ({ action: options.action }),
});
