import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { user } from "@web/core/user";
import { useBus, useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { WebClient } from "@web/webclient/webclient";

const MENU = "finance_connector_base.finance_menu_root";
const POLL = 30_000;

/**
 * Says on every screen of the suite that an emergency stop is in force, and which.
 */
export class FinanceStopBanner extends Component {
    static template = "finance_connector_base.StopBanner";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.menu = useService("menu");
        this.state = useState({ stops: [] });
        useBus(this.env.bus, "ACTION_MANAGER:UI-UPDATED", () => this.load());
        useBus(this.env.bus, "MENUS:APP-CHANGED", () => this.load());
        onMounted(async () => {
            // whoever has no part in the integration never asks
            this.isAllowed = await user.hasGroup("finance_connector_base.finance_group_viewer");
            await this.load();
            this.timer = setInterval(() => this.load(), POLL);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    get isInSuite() {
        return this.menu.getCurrentApp()?.xmlid === MENU;
    }

    async load() {
        if (!this.isAllowed || !this.isInSuite || document.hidden) {
            if (!this.isInSuite) {
                this.state.stops = [];
            }
            return;
        }
        this.state.stops = await this.orm.silent.call("finance.stop", "get_banner", []);
    }

    since(stop) {
        return formatDateTime(deserializeDateTime(stop.since));
    }

    open() {
        return this.action.doAction("finance_connector_base.finance_stop_action");
    }
}

patch(WebClient, {
    components: { ...WebClient.components, FinanceStopBanner },
});
