import { onMounted, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

const SECONDS = 2;
/** After so many looks nobody waits at the screen any more: five minutes. */
const LOOKS = 150;
/** Of a message that is worked, or soon will be. */
const UNFINISHED = new Set(["queued", "processing"]);

/**
 * A list of a few messages that looks again by itself while one of them is worked: what became of the files that were just
 * uploaded. It leaves alone whoever has chosen rows or looks elsewhere.
 *
 * <list js_class="finance_live_list"> of a model with the states of a message
 */
export class LiveListController extends ListController {
    setup() {
        super.setup();
        let looks = 0;
        let timer;
        const look = async () => {
            if (this.isWaiting && !document.hidden && !this.model.root.selection.length) {
                looks++;
                await this.model.root.load();
            }
            next();
        };
        const next = () => {
            if (looks < LOOKS) {
                timer = browser.setTimeout(look, SECONDS * 1000);
            }
        };
        onMounted(next);
        onWillUnmount(() => {
            looks = LOOKS;
            browser.clearTimeout(timer);
        });
    }

    get isWaiting() {
        return this.model.root.records.some((record) => UNFINISHED.has(record.data.state));
    }
}

registry.category("views").add("finance_live_list", { ...listView, Controller: LiveListController });
