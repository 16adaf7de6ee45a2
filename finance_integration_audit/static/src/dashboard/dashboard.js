import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { TrendChart } from "./trend_chart";

/** Milliseconds between two looks, while the page is seen. */
const PAUSE = 30000;
const TONES = { muted: "", ok: "text-success", warn: "text-warning-emphasis", bad: "text-danger", info: "text-info-emphasis" };

/** Cards, charts and tables of a dashboard; what they say is made by the model. */
class MetricDashboard extends Component {
    static template = "finance_integration_audit.MetricDashboard";
    static components = { Layout, TrendChart };
    static props = { ...standardActionServiceProps };
    static method = "";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.periods = [
            ["today", _t("Today")],
            ["week", _t("7 days")],
            ["month", _t("30 days")],
        ];
        this.state = useState({ data: null, period: this.props.state?.period || "today", failed: false });
        onWillStart(() => this.load());
        const timer = setInterval(() => document.visibilityState === "visible" && this.load(true), PAUSE);
        onWillUnmount(() => clearInterval(timer));
    }

    async load(silent = false) {
        const orm = silent ? this.orm.silent : this.orm;
        try {
            this.state.data = await orm.call("finance.metric.dashboard", this.constructor.method, [this.state.period]);
            this.state.failed = false;
        } catch (error) {
            if (!silent) {
                throw error;
            }
            // the server may be starting again: what was seen last stays, and is told to be old
            this.state.failed = true;
        }
    }

    async choose(period) {
        this.state.period = period;
        await this.load();
    }

    tone(one) {
        return TONES[one.tone];
    }

    /** What is disturbed stands above everything else. */
    tables(isAbove) {
        return this.state.data.tables.filter((table) => (table.key === "incidents" && table.rows.length > 0) === isAbove);
    }

    isFigure(table, column) {
        return /^[\d–-]/.test(table.rows[0].cells[column]);
    }

    open(action) {
        if (action) {
            return this.action.doAction(action);
        }
    }
}

class FinanceDashboard extends MetricDashboard {
    static method = "get_finance";
}

class OperationsDashboard extends MetricDashboard {
    static method = "get_operations";
}

registry.category("actions").add("finance_dashboard_finance", FinanceDashboard);
registry.category("actions").add("finance_dashboard_operations", OperationsDashboard);
