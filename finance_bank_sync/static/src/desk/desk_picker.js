import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { useDebounced } from "@web/core/utils/timing";

const WAIT = 150;

/**
 * An input with a list under it: type, arrows, Enter takes, Ctrl+Enter finishes, Escape leaves.
 */
export class DeskPicker extends Component {
    static template = "finance_bank_sync.DeskPicker";
    static props = {
        label: String,
        placeholder: String,
        find: Function,
        take: Function,
        leave: Function,
        /** (input) => what was typed before it was on the screen: {text, isEntered} */
        takeTyped: Function,
        finish: { type: Function, optional: true },
        isChosen: { type: Function, optional: true },
        slots: Object,
    };

    setup() {
        this.input = useRef("input");
        this.state = useState({ found: [], cursor: 0, isSearched: false });
        this.asked = 0;
        this.search = useDebounced(() => this.ask(), WAIT);
        onMounted(async () => {
            const { text, isEntered } = this.props.takeTyped(this.input.el);
            this.input.el.value = text;
            await (isEntered ? this.enter() : this.ask());
        });
    }

    async ask() {
        const number = ++this.asked;
        const found = await this.props.find(this.input.el.value.trim());
        if (number === this.asked) {
            Object.assign(this.state, { found, cursor: 0, isSearched: true });
        }
    }

    onInput() {
        // what is found for the former text cannot be taken
        this.asked++;
        this.state.found = [];
        this.state.isSearched = false;
        this.search();
    }

    /** Unseen is taken only what leaves no choice. */
    async enter() {
        if (!this.state.isSearched) {
            this.search.cancel();
            await this.ask();
            if (this.state.found.length !== 1) {
                return;
            }
        }
        await this.take(this.state.cursor);
    }

    async take(index) {
        const record = this.state.found[index];
        if (record) {
            await this.props.take(record);
            this.input.el?.select();
        }
    }

    async onKeydown(ev) {
        const last = this.state.found.length - 1;
        const actions = {
            ArrowDown: () => (this.state.cursor = Math.min(this.state.cursor + 1, Math.max(last, 0))),
            ArrowUp: () => (this.state.cursor = Math.max(this.state.cursor - 1, 0)),
            Enter: () => (ev.ctrlKey || ev.metaKey ? this.props.finish?.() : this.enter()),
            Escape: () => this.props.leave(),
        };
        const action = actions[ev.key];
        if (action && !ev.isComposing) {
            ev.preventDefault();
            ev.stopPropagation();
            await action();
        }
    }
}
