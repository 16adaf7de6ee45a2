import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const COLOURS = {
    waiting: "text-bg-light text-muted",
    open: "text-bg-info",
    failed: "text-bg-danger",
    prepared: "text-bg-warning",
    reviewed: "text-bg-warning",
    done: "text-bg-success",
    skipped: "text-bg-secondary",
};
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Companies and tasks of a close: each cell says in colour and words where the task stands, and opens it.
 *
 * One cell is in the order of the Tab key; from it the arrow keys go to the others.
 */
export class FinanceCloseCockpit extends Component {
    static template = "finance_consolidation_export.CloseCockpit";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.grid = useRef("grid");
        this.state = useState({ closes: [], close: false, columns: [], rows: [], row: 0, column: 0, onlyLeft: false });
        const { close_id } = this.props.action.params || {};
        onWillStart(() => this.load(close_id || this.props.state?.closeId));
    }

    async load(closeId) {
        Object.assign(this.state, await this.orm.call("finance.close.period", "get_cockpit", [closeId || false]));
    }

    get rows() {
        return this.state.onlyLeft ? this.state.rows.filter((row) => row.readiness < 100) : this.state.rows;
    }

    colour(cell) {
        return COLOURS[cell.state];
    }

    title(row, column, cell) {
        const due = formatDateTime(deserializeDateTime(cell.due));
        const parts = [`${row.name}, ${column.name}: ${cell.label}`, _t("due %s", due)];
        if (cell.is_overdue) {
            parts.push(_t("overdue"));
        }
        if (cell.is_critical) {
            parts.push(_t("on the critical path"));
        }
        if (cell.owner) {
            parts.push(cell.owner);
        }
        return parts.join(", ");
    }

    onKeydown(ev) {
        const step = STEPS[ev.key];
        const cell = ev.target.closest("[data-row]");
        if (!step || !cell) {
            return;
        }
        ev.preventDefault();
        let row = Number(cell.dataset.row) + step[0];
        let column = Number(cell.dataset.column) + step[1];
        // cells without a task are passed over
        while (row >= 0 && column >= 0 && row < this.rows.length && column < this.state.columns.length) {
            const next = this.grid.el.querySelector(`[data-row="${row}"][data-column="${column}"]`);
            if (next) {
                this.state.row = row;
                this.state.column = column;
                next.focus();
                return;
            }
            row += step[0];
            column += step[1];
        }
    }

    /** The first cell there is, until an arrow key has chosen another one. */
    tabindex(row, column) {
        const chosen = this.rows[this.state.row]?.cells[this.state.columns[this.state.column]?.key];
        if (chosen) {
            return row === this.state.row && column === this.state.column ? 0 : -1;
        }
        const first = this.rows.findIndex((one) => Object.keys(one.cells).length);
        const key = this.state.columns.findIndex((one) => this.rows[first]?.cells[one.key]);
        return row === first && column === key ? 0 : -1;
    }

    open(cell) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "finance.close.task",
            res_id: cell.id,
            views: [[false, "form"]],
        });
    }

    async viewTasks(row) {
        return this.action.doAction(await this.orm.call("finance.close.status", "action_view_tasks", [[row.id]]));
    }

    async check() {
        await this.orm.call("finance.close.period", "action_check", [[this.state.close.id]]);
        await this.load(this.state.close.id);
    }

    viewClose() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "finance.close.period",
            res_id: this.state.close.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("finance_close_cockpit", FinanceCloseCockpit);
