import { registry } from "@web/core/registry";

const row = ".o_data_row:contains(statement of the tour)";

// An operator retries what the sender has corrected, from the list of exceptions.
registry.category("web_tour.tours").add("finance_exception_retry", {
    steps: () => [
        {
            content: "the connection shows that something needs attention",
            trigger: ".o_kanban_record:contains(Bank of the tour):contains(Needs attention)",
        },
        {
            content: "open the exceptions",
            trigger: "[data-menu-xmlid='finance_connector_base.finance_exception_menu']",
            run: "click",
        },
        {
            content: "the exception is in the list, below its cause",
            trigger: `.o_list_view:has(.o_group_name:contains(Refused)) ${row}`,
        },
        {
            content: "retry it",
            trigger: `${row} button[name=action_retry]`,
            run: "click",
        },
        {
            content: "it is gone from the list",
            trigger: `.o_list_view:not(:has(${row}))`,
        },
    ],
});

// The message has gone on; its timeline tells the whole story.
registry.category("web_tour.tours").add("finance_message_done", {
    steps: () => [
        {
            content: "the message is done",
            trigger: `${row} td[name=state]:contains(Done)`,
        },
        {
            content: "open it",
            trigger: `${row} td[name=subject]`,
            run: "click",
        },
        {
            content: "it needed a person first",
            trigger: "div[name=transition_ids] .o_data_row:contains(Needs attention):contains(Refused)",
        },
        {
            content: "somebody retried it",
            trigger: "div[name=transition_ids] .o_data_row:contains(Waiting):contains(retried by)",
        },
        {
            content: "and it was done at the second attempt",
            trigger: "div[name=attempt_ids] .o_data_row:contains(Done)",
        },
    ],
});
