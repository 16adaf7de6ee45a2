import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useDeskKeys } from "./desk_keys";
import { DeskPicker } from "./desk_picker";

const OUTCOMES = [null, "proposed", "unmatched"];
const PANEL_KEYS = ["enter", "escape"];
const PICKERS = ["account", "items", "writeoff"];
const NUMBERS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * Open bank lines on the left, what is proposed for the chosen one on the right, worked by keyboard.
 *
 * No key is lost while the server works, and none decides about a line whose answers were not on the
 * screen when it was pressed: that is said, and the key is pressed again.
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
            /** null, "rest" or one of PICKERS */
            panel: null,
            /** how many panels were opened: each has an input of its own */
            opened: 0,
            chosen: [],
        });
        this.keys = useDeskKeys();
        /** the answers that are on their way */
        this.looking = Promise.resolve();
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
        this.bind("arrowright", () => this.point(1), { allowRepeat: true, reads: true });
        this.bind("arrowleft", () => this.point(-1), { allowRepeat: true, reads: true });
        this.bind("enter", () => this.confirm(), { decides: true });
        NUMBERS.forEach((number, index) => this.bind(number, () => this.acceptAt(index), { decides: true }));
        this.bind("s", () => this.skip());
        this.bindPanel("a", "account");
        this.bindPanel("i", "items");
        this.bindPanel("w", "writeoff", "rest");
        this.bind("escape", () => this.closePanel());
        this.bind("u", () => this.undo());
        this.bind("o", () => this.open(), { reads: true });
        this.bind("f", () => this.nextFilter());
        this.bind("r", () => this.reload());
    }

    /** A key of this screen; in a dialog or an input it means what it says there. */
    bind(key, callback, options = {}) {
        const act = () => {
            if (key === "escape") {
                this.keys.forget();
            }
            // while a choice is open, no other key skips or takes a line
            this.press(() => (!this.state.panel || PANEL_KEYS.includes(key)) && callback(), options);
        };
        useHotkey(key, act, options);
    }

    /** A key that opens an input, from another panel or (null) from none. */
    bindPanel(key, panel, from = null) {
        const act = () => {
            if (this.state.mayDecide && this.state.panel === from) {
                this.keys.expectInput();
            }
            this.press(() => this.openPanel(panel, from), { reads: true });
        };
        useHotkey(key, act);
    }

    /**
     * Do what a key or a click asks for after all that came before.
     *
     * @param {Object} needs decides: only for the line whose answers were shown when the key was pressed;
     *      reads: after the answers of the line are there
     */
    press(callback, { decides = false, reads = false } = {}) {
        const seen = this.shownId;
        return this.keys.add(async () => {
            if (reads) {
                await this.looking;
            }
            if (decides && this.current && this.current.id !== seen) {
                this.askAgain();
            } else {
                await callback();
            }
        });
    }

    askAgain() {
        if (this.state.mayDecide) {
            const text = _t("The answers were not on the screen yet when the key was pressed. Press it again.");
            this.notification.add(text, { type: "info" });
        }
    }

    // -- what is shown ---------------------------------------------------------------------------

    get current() {
        return this.state.lines[this.state.position];
    }

    /** The line whose answers are on the screen. */
    get shownId() {
        const shown = this.state.detail?.line.id;
        return shown === this.current?.id ? shown : undefined;
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

    ask(method, ...args) {
        return this.orm.call("finance.bank.desk", method, args);
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
        this.look();
        await this.looking;
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

    /** Ask what is proposed for the chosen line; keys that need no answer do not wait for it. */
    look() {
        this.closePanel();
        this.state.cursor = 0;
        this.looking = this.readAnswers();
    }

    async readAnswers() {
        const line = this.current;
        if (!line) {
            this.state.detail = null;
            return;
        }
        if (this.state.detail?.line.id !== line.id) {
            this.state.detail = null;
        }
        const detail = await this.ask("get_answers", line.id);
        // whoever has moved on meanwhile is not shown the answers of another line
        if (this.current?.id === line.id) {
            this.state.detail = detail;
        }
    }

    select(position) {
        this.state.position = position;
        this.look();
    }

    async move(step) {
        const target = this.state.position + step;
        if (target >= this.state.lines.length && !(await this.loadMore())) {
            return;
        }
        if (target >= 0 && this.state.lines[target]) {
            this.select(target);
        }
    }

    async skip() {
        if (this.current) {
            this.state.skipped[this.current.id] = true;
            await this.move(1);
        }
    }

    setJournal(ev) {
        const journalId = Number(ev.target.value) || false;
        ev.target.blur();
        return this.press(() => {
            this.state.journalId = journalId;
            return this.load();
        });
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
        if (!mayDecide || panel || !answer || answer.gone) {
            return;
        }
        await this.decide("accept", detail.line.id, answer.id);
    }

    /** Write a decision; the line leaves the list and the next one is shown. */
    async decide(method, ...args) {
        const line = this.current;
        const position = this.state.position;
        this.setPanel(null);
        try {
            await this.ask(method, ...args);
        } catch (error) {
            // shown by the web client; what is proposed now may be something else
            this.look();
            throw error;
        }
        this.state.decided.push({ line, position });
        this.state.lines.splice(position, 1);
        this.state.total -= 1;
        if (position >= this.state.lines.length && !(await this.loadMore())) {
            this.state.position = Math.max(this.state.lines.length - 1, 0);
        }
        this.look();
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
        this.select(position);
        this.notification.add(_t("Taken back: %s", line.label), { type: "info" });
    }

    // -- other items, other accounts -------------------------------------------------------------

    setPanel(panel) {
        this.keys.leaveInput();
        this.state.panel = panel;
    }

    openPanel(panel, from) {
        if (this.state.panel === from && this.state.mayDecide && this.state.detail?.line.is_open) {
            this.state.opened += 1;
            this.setPanel(panel);
        } else {
            this.keys.forget();
        }
    }

    closePanel() {
        this.setPanel(null);
        this.state.chosen = [];
    }

    takeTyped(input) {
        return this.keys.takeTyped(input);
    }

    findItems(text) {
        return this.ask("find_items", this.current.id, text);
    }

    findAccounts(text) {
        return this.ask("find_accounts", this.current.id, text);
    }

    isChosen(item) {
        return this.state.chosen.some((chosen) => chosen.id === item.id);
    }

    toggleItem(item) {
        const { chosen } = this.state;
        this.state.chosen = this.isChosen(item) ? chosen.filter(({ id }) => id !== item.id) : [...chosen, item];
    }

    /** All items are chosen: at once where they fit, after a question where something stays open. */
    finishItems() {
        return this.press(() => {
            if (!this.state.chosen.length || this.state.panel !== "items") {
                return;
            }
            return this.rest ? this.setPanel("rest") : this.settle();
        }, { decides: true });
    }

    /** An account is chosen: for the line, or for what the items leave. */
    takeAccount(account) {
        return this.press(() => PICKERS.includes(this.state.panel) && this.settle(account), { decides: true });
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
