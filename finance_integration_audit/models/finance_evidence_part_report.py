from markupsafe import Markup

from odoo import api, models

#: entries that the readable report shows; all are in trail.jsonl
SHOWN = 5000
PAGE = Markup(
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{name}</title><style>'
    "body{{font:14px sans-serif;margin:2em;color:#222}}table{{border-collapse:collapse;width:100%}}"
    "td,th{{border-bottom:1px solid #ccc;padding:4px 8px;text-align:left;vertical-align:top}}"
    "pre{{white-space:pre-wrap;margin:0;font-size:12px}}</style></head><body>"
    "<h1>{name}</h1><p>{about}</p><h2>{contents}</h2><ul>{parts}</ul><h2>{entries}</h2><table>{rows}</table>"
    "</body></html>\n"
)
ROW = Markup("<tr>{cells}</tr>")
CELL, HEAD, TEXT, PART = (
    Markup("<td>{}</td>"),
    Markup("<th>{}</th>"),
    Markup("<td><pre>{}</pre></td>"),
    Markup("<li>{}</li>"),
)


class FinanceEvidencePartReport(models.AbstractModel):
    """What people read: who did what, when and why. Everything in it is escaped."""

    _name = "finance.evidence.part.report"
    _description = "Evidence: Report"
    _inherit = ["finance.evidence.part"]

    @api.model
    def _title(self):
        return self.env._("Report: report.html, to be read")

    @api.model
    def _files(self, bundle):
        yield "report.html", [self._page(bundle).encode()]

    @api.model
    def _page(self, bundle):
        names = (
            self.env._("Place"),
            self.env._("When"),
            self.env._("What"),
            self.env._("Record"),
            self.env._("Who"),
            self.env._("Why"),
            self.env._("Before"),
            self.env._("After"),
        )
        rows = [ROW.format(cells=Markup().join(HEAD.format(name) for name in names))]
        entries = bundle._entries(SHOWN)
        seals = bundle._places(entries)
        for entry in entries:
            short = (
                seals.get(entry.id, ""),
                f"{entry.at} UTC",
                entry.event,
                f"{entry.record_name or ''} ({entry.model},{entry.res_id})" if entry.res_id else entry.model or "",
                entry.user_login or "",
                entry.reason or "",
            )
            cells = [CELL.format(text) for text in short]
            cells += [TEXT.format(text or "") for text in (entry.before, entry.after)]
            rows.append(ROW.format(cells=Markup().join(cells)))
        head = bundle._last_checkpoint()
        about = self.env._(
            "Made on %(at)s UTC. Checkpoint %(number)s of %(size)s entries. Times are UTC.",
            at=bundle.create_date,
            number=head.number,
            size=head.size,
        )
        return PAGE.format(
            name=bundle.name,
            about=about,
            contents=self.env._("Contents"),
            entries=self.env._("Entries"),
            parts=Markup().join(PART.format(part._title()) for part in bundle._parts()),
            rows=Markup().join(rows),
        )
