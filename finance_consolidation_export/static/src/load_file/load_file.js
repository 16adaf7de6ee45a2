import { Component } from "@odoo/owl";
import { FileInput } from "@web/core/file_input/file_input";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * The name of a file, and a button that chooses one. It is sent by itself and not as a value of the record: however large it
 * is, the server takes it piece by piece.
 */
export class FinanceLoadFile extends Component {
    static template = "finance_consolidation_export.LoadFile";
    static components = { FileInput };
    static props = { ...standardFieldProps, accepted: { type: String, optional: true } };

    setup() {
        this.notification = useService("notification");
    }

    get fileName() {
        return this.props.record.data[this.props.name] || "";
    }

    get route() {
        return `/finance/group/load/${this.props.record.resId}/${this.props.name}`;
    }

    async onUpload({ problem }) {
        if (problem) {
            this.notification.add(problem, { type: "danger", sticky: true });
        }
        await this.props.record.model.root.load();
    }
}

registry.category("fields").add("finance_load_file", {
    component: FinanceLoadFile,
    supportedTypes: ["char"],
    extractProps: ({ options }) => ({ accepted: options.accepted }),
});
