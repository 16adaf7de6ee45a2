import { useExternalListener } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/**
 * Keys and clicks of the desk, worked in the order in which they came, however slow the server is.
 *
 * What is typed for an input that is about to appear is kept for it.
 */
export class DeskKeys {
    constructor() {
        this.waiting = [];
        this.isWorking = false;
        /** an input was asked for and is not there yet */
        this.isOpening = false;
        this.typed = [];
        this.input = null;
    }

    /** Do this when all that came before is done; an error takes away what came after it. */
    async add(step) {
        this.waiting.push(step);
        if (this.isWorking) {
            return;
        }
        this.isWorking = true;
        try {
            while (this.waiting.length) {
                await this.waiting.shift()();
            }
        } catch (error) {
            this.waiting = [];
            this.forget();
            throw error;
        } finally {
            this.isWorking = false;
        }
    }

    // -- an input that comes and goes --------------------------------------------------------------

    expectInput() {
        this.isOpening = true;
    }

    /** No input comes; what was typed for it is gone. */
    forget() {
        this.isOpening = false;
        this.typed = [];
    }

    /** The input is on the screen. :return: what was typed for it meanwhile, and whether Enter was the last of it */
    takeTyped(input) {
        const end = this.typed.indexOf("Enter");
        const text = (end < 0 ? this.typed : this.typed.slice(0, end)).join("");
        this.forget();
        this.input = input;
        input.focus();
        return { text, isEntered: end >= 0 };
    }

    /** The input is about to leave the screen and gets no more keys. */
    leaveInput() {
        this.input?.blur();
        this.input = null;
    }

    onKeydown(ev) {
        const isText = ev.key?.length === 1 && !ev.ctrlKey && !ev.metaKey && !ev.altKey;
        if (ev.isComposing || !(isText || ev.key === "Enter")) {
            return;
        }
        if (this.isOpening) {
            ev.preventDefault();
            ev.stopImmediatePropagation();
            this.typed.push(ev.key);
        } else if (isText && this.input && document.activeElement === document.body) {
            // after a click beside it: the letter goes where it can be meant for
            this.input.focus();
            ev.stopImmediatePropagation();
        }
    }
}

export function useDeskKeys() {
    const keys = new DeskKeys();
    const ui = useService("ui");
    const onKeydown = (ev) => ui.activeElement === document && keys.onKeydown(ev);
    // before the web client looks whether it is a hotkey
    useExternalListener(window, "keydown", onKeydown, { capture: true });
    return keys;
}
