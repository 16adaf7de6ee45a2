import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { DeskPicker } from "./desk_picker";

const OUTCOMES = [null, "proposed", "unmatched"];
const PANEL_KEYS = ["enter", "escape", "w"];
const NUMBERS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * Open bank lines on the left, what is proposed for the chosen one on the right, worked by keyboard.
 *
 * A key that comes while the last decision is being written is not kept: it would decide about a
 * line that its writer has not seen.
 */
export class FinanceBankDesk extends Component {
    static template = "finance_bank_sync.Desk";
    static components = { DeskPicker, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.display = { controlPanel: {} };
        this.list = useRef("list");
        this.state = useState({
            lines: [],
            total: 0,
            journals: [],
            journalId: false,
            outcome: null,
            mayDecide: false,
            position: 0,
            skipped: {},
            detail: null,
            cursor: 0,
            /** what was decided on this screen, the latest last: {line, position} */
            decided: [],
            /** null, "items", "rest" or "account" */
            panel: null,
            chosen: [],
            isBusy: false,
        });
        onWillStart(() => this.load());
        useEffect(
            () => {
                this.list.el?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
            },
            () => [this.state.position, this.state.lines.length]
        );
        this.bind("arrowdown", () => this.move(1), { allowRepeat: true });
        this.bind("arrowup", () => this.move(-1), { allowRepeat: true });
        this.bind("j", () => this.move(1), { allowRepeat: true });
        this.bind("k", () => this.move(-1), { allowRepeat: true });
        this.bind("arrowright", () => this.point(1), { allowRepeat: true });
        this.bind("arrowleft", () => this.point(-1), { allowRepeat: true });
        this.bind("enter", () => this.confirm());
        NUMBERS.forEach((number, index) => this.bind(number, () => this.acceptAt(index)));
        this.bind("s", () => this.skip());
        this.bind("a", () => this.openPanel("account"));
        this.bind("i", () => this.openPanel("items"));
        this.bind("w", () => this.state.panel === "rest" && this.openPanel("writeoff"));
        this.bind("escape", () => this.closePanel());
        this.bind("u", () => this.undo());
        this.bind("o", () => this.open());
        this.bind("f", () => this.nextFilter());
        this.bind("r", () => this.reload());
    }

    /** A key of this screen; in a dialog or an input it means what it says there. */
    bind(key, callback, options = {}) {
        const act = () => {
            // while a panel opens, its input is not there yet: what is typed for it must not skip a line
            const isTyped = this.state.panel && !PANEL_KEYS.includes(key);
            return this.state.isBusy || isTyped ? undefined : callback();
        };
        useHotkey(key, act, options);
    }

    // -- what is shown ---------------------------------------------------------------------------

    get current() {
        return this.state.lines[this.state.position];
    }

    get answers() {
        return this.state.detail?.answers || [];
    }

    get filterLabel() {
        return {
            null: _t("All open lines"),
            proposed: _t("Proposed"),
            unmatched: _t("Nothing found"),
        }[this.state.outcome];
    }

    get chosenSum() {
        return this.state.chosen.reduce((sum, item) => sum + item.residual, 0);
    }

    /** What stays open on the chosen items; false where the currencies differ. */
    get rest() {
        const { chosen, detail } = this.state;
        if (!detail || chosen.some((item) => item.currency_id !== detail.line.currency_id)) {
            return false;
        }
        const rest = this.chosenSum - detail.line.amount;
        return Math.abs(rest) < 0.000001 ? 0 : rest;
    }

    money(amount, currencyId) {
        return formatCurrency(amount, currencyId);
    }

    day(date) {
        return formatDate(deserializeDate(date));
    }

    why(answer) {
        const signed = (points) => (points > 0 ? `+${points}` : `${points}`);
        return answer.reasons.map(({ text, points }) => `${text} (${signed(points)})`).join(", ");
    }

    // -- lines -----------------------------------------------------------------------------------

    async ask(method, ...args) {
        this.state.isBusy = true;
        try {
            return await this.orm.call("finance.bank.desk", method, args);
        } finally {
            this.state.isBusy = false;
        }
    }

    async load() {
        const page = await this.ask("get_lines", this.state.outcome, this.state.journalId);
        Object.assign(this.state, {
            lines: page.lines,
            total: page.total,
            journals: page.journals,
            mayDecide: page.may_decide,
            position: 0,
        });
        await this.look();
    }

    async reload() {
        this.state.skipped = {};
        await this.load();
    }

    async loadMore() {
        const { lines, outcome, journalId, total } = this.state;
        if (lines.length >= total) {
            return false;
        }
        const page = await this.ask("get_lines", outcome, journalId, lines.at(-1)?.index);
        this.state.lines.push(...page.lines);
        return page.lines.length > 0;
    }

    /** Ask what is proposed for the chosen line. */
    async look() {
        this.state.panel = null;
        this.state.chosen = [];
        this.state.cursor = 0;
        const line = this.current;
        if (!line) {
            this.state.detail = null;
            return;
        }
        if (this.state.detail?.line.id !== line.id) {
            this.state.detail = null;
        }
        const detail = await this.orm.call("finance.bank.desk", "get_answers", [line.id]);
        // whoever has moved on meanwhile is not shown the answers of another line
        if (this.current?.id === line.id) {
            this.state.detail = detail;
        }
    }

    async select(position) {
        this.state.position = position;
        await this.look();
    }

    async move(step) {
        const target = this.state.position + step;
        if (target >= this.state.lines.length && !(await this.loadMore())) {
            return;
        }
        if (target >= 0 && this.state.lines[target]) {
            await this.select(target);
        }
    }

    async skip() {
        if (this.current) {
            this.state.skipped[this.current.id] = true;
            await this.move(1);
        }
    }

    async setJournal(ev) {
        this.state.journalId = Number(ev.target.value) || false;
        ev.target.blur();
        await this.load();
    }

    async nextFilter() {
        this.state.outcome = OUTCOMES[(OUTCOMES.indexOf(this.state.outcome) + 1) % OUTCOMES.length];
        await this.load();
    }

    // -- answers ---------------------------------------------------------------------------------

    point(step) {
        const target = this.state.cursor + step;
        if (target >= 0 && target < this.answers.length) {
            this.state.cursor = target;
        }
    }

    async confirm() {
        if (this.state.panel === "rest") {
            return this.settle();
        }
        // of two that are as good as each other a person names one
        if (this.current?.is_tied && this.state.cursor === 0 && !this.state.panel) {
            this.notification.add(_t("Several answers fit alike: press the number of one."), { type: "warning" });
            return;
        }
        await this.acceptAt(this.state.cursor);
    }

    async acceptAt(index) {
        const { detail, panel, mayDecide } = this.state;
        const answer = this.answers[index];
        if (!mayDecide || panel || !answer || answer.gone || detail.line.id !== this.current?.id) {
            return;
        }
        await this.decide("accept", detail.line.id, answer.id);
    }

    /** Write a decision; the line leaves the list and the next one is shown. */
    async decide(method, ...args) {
        const line = this.current;
        const position = this.state.position;
        this.state.panel = null;
        try {
            await this.ask(method, ...args);
        } catch (error) {
            // shown by the web client; what is proposed now may be something else
            await this.look();
            throw error;
        }
        this.state.decided.push({ line, position });
        this.state.lines.splice(position, 1);
        this.state.total -= 1;
        if (position >= this.state.lines.length && !(await this.loadMore())) {
            this.state.position = Math.max(this.state.lines.length - 1, 0);
        }
        await this.look();
    }

    async undo() {
        const last = this.state.decided.at(-1);
        if (!last || this.state.panel) {
            return;
        }
        const line = await this.ask("undo", last.line.id);
        this.state.decided.pop();
        const position = Math.min(last.position, this.state.lines.length);
        this.state.lines.splice(position, 0, line);
        this.state.total += 1;
        await this.select(position);
        this.notification.add(_t("Taken back: %s", line.label), { type: "info" });
    }

    // -- other items, other accounts -------------------------------------------------------------

    openPanel(panel) {
        if (this.state.mayDecide && this.state.detail?.line.is_open) {
            this.state.panel = panel;
        }
    }

    closePanel() {
        this.state.panel = null;
        this.state.chosen = [];
    }

    findItems(text) {
        return this.orm.call("finance.bank.desk", "find_items", [this.current.id, text]);
    }

    findAccounts(text) {
        return this.orm.call("finance.bank.desk", "find_accounts", [this.current.id, text]);
    }

    isChosen(item) {
        return this.state.chosen.some((chosen) => chosen.id === item.id);
    }

    toggleItem(item) {
        const { chosen } = this.state;
        this.state.chosen = this.isChosen(item) ? chosen.filter(({ id }) => id !== item.id) : [...chosen, item];
    }

    /** All items are chosen: at once where they fit, after a question where something stays open. */
    async finishItems() {
        if (!this.state.chosen.length) {
            return;
        }
        if (this.rest) {
            this.state.panel = "rest";
        } else {
            await this.settle();
        }
    }

    async settle(account = null) {
        const items = this.state.chosen.map((item) => item.id);
        await this.decide("settle", this.current.id, items, account ? account.id : false);
    }

    // -- what the bank wrote ---------------------------------------------------------------------

    async open() {
        const line = this.state.detail?.line;
        if (!line) {
            return;
        }
        await this.action.doAction({
            type: "ir.actions.act_window",
            name: line.label,
            res_model: line.entry_id ? "finance.bank.entry" : "account.move",
            res_id: line.entry_id || line.move_id,
            views: [[false, "form"]],
            target: "new",
        });
    }

    async openList() {
        await this.action.doAction("finance_bank_sync.account_bank_statement_line_action");
    }
}

registry.category("actions").add("finance_bank_desk", FinanceBankDesk);
