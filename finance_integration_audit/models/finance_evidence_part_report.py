from markupsafe import Markup

from odoo import api, models

from .finance_evidence_part import Table

#: entries that the readable report shows; all are in trail.jsonl
SHOWN = 5000
#: characters from which a text may be broken anywhere
WIDE = 32
STYLE = """
body{font:14px/1.45 system-ui,sans-serif;margin:0;color:#212529;background:#f6f7f8}
main{max-width:1240px;margin:0 auto;padding:24px 32px 64px;background:#fff}
h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px;padding-bottom:4px;border-bottom:2px solid #714b67}
p.note{color:#5a6068;margin:4px 0 8px}dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:16px 0}
dt{color:#5a6068}dd{margin:0;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%;font-size:12px}
th{position:sticky;top:0;background:#f1eef0}td.long{overflow-wrap:anywhere;min-width:14em}
td,th{border-bottom:1px solid #dee2e6;padding:4px 6px;text-align:left;vertical-align:top}
tr:nth-child(even) td{background:#fafafa}th{white-space:nowrap}
pre{white-space:pre-wrap;margin:0;font:inherit;max-width:34em}div.wide{overflow-x:auto}
@media print{body{background:#fff;font-size:10px}main{max-width:none;padding:0}table{font-size:8px}th{position:static}
@page{size:A4 landscape;margin:12mm}h2{break-after:avoid}tr{break-inside:avoid}}
"""
PAGE = Markup(
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{name}</title><style>{style}</style></head><body><main>'
    "<h1>{name}</h1><dl>{facts}</dl><h2>{contents}</h2><ul>{links}</ul>{tables}<h2>{files}</h2><ul>{parts}</ul>"
    "</main></body></html>\n"
)
FACT = Markup("<dt>{}</dt><dd>{}</dd>")
TABLE = Markup(
    '<h2 id="{anchor}">{title}</h2>{note}<div class="wide"><table><thead><tr>{head}</tr></thead>'
    "<tbody>{rows}</tbody></table></div>"
)
EMPTY = Markup('<h2 id="{anchor}">{title}</h2>{note}')
NOTE = Markup('<p class="note">{}</p>')
ROW, HEAD, CELL = Markup("<tr>{}</tr>"), Markup("<th>{}</th>"), Markup("<td{}><pre>{}</pre></td>")
LONG = Markup(' class="long"')
PART, LINK = Markup("<li>{}</li>"), Markup('<a href="#{}">{}</a>')


class FinanceEvidencePartReport(models.AbstractModel):
    """What people read: who did what, when and why. Everything in it is escaped."""

    _name = "finance.evidence.part.report"
    _description = "Evidence: Report"
    _inherit = ["finance.evidence.part"]

    @api.model
    def _title(self):
        return self.env._("Report: report.html, to be read and printed")

    @api.model
    def _files(self, bundle, tables):
        yield "report.html", [self._page(bundle, tables).encode()]

    @api.model
    def _page(self, bundle, tables):
        shown = [table for name in sorted(tables) for table in tables[name]]
        shown.append(self._entries(bundle))
        anchors = [f"part-{number}" for number in range(1, len(shown) + 1)]
        links = [PART.format(LINK.format(anchor, table.title)) for anchor, table in zip(anchors, shown, strict=True)]
        return PAGE.format(
            name=bundle.name,
            style=Markup(STYLE),
            facts=Markup().join(FACT.format(*fact) for fact in self._facts(bundle)),
            contents=self.env._("Contents"),
            links=Markup().join(links),
            files=self.env._("Parts of the bundle"),
            parts=Markup().join(PART.format(part._title()) for part in bundle._parts()),
            tables=Markup().join(self._drawn(anchor, one) for anchor, one in zip(anchors, shown, strict=True)),
        )

    @api.model
    def _facts(self, bundle):
        head = bundle._last_checkpoint()
        yield self.env._("Company"), bundle.company_id.name
        yield self.env._("About"), bundle._about()
        yield self.env._("Asked by"), bundle.asked_by_id.name or ""
        yield self.env._("Made"), f"{self.env.cr.now():%Y-%m-%d %H:%M:%S} UTC"
        yield (
            self.env._("Checkpoint"),
            self.env._(
                "%(number)s of %(size)s entries, signed by key %(key)s",
                number=head.number,
                size=head.size,
                key=head.key,
            ),
        )
        yield self.env._("Times"), "UTC"
        yield self.env._("To verify"), "python3 verify_trail.py . --trust NAME --anchors FOLDER"

    @api.model
    def _drawn(self, anchor, table):
        note = NOTE.format(table.note) if table.note else Markup()
        if not table.rows:
            return EMPTY.format(anchor=anchor, title=table.title, note=note)
        return TABLE.format(
            anchor=anchor,
            title=table.title,
            note=note,
            head=Markup().join(HEAD.format(name) for name in table.columns),
            rows=Markup().join(ROW.format(Markup().join(map(self._cell, row))) for row in table.rows),
        )

    @api.model
    def _cell(self, value):
        text = "" if value is None else str(value)
        return CELL.format(LONG if len(text) > WIDE else "", text)

    @api.model
    def _entries(self, bundle):
        columns = (
            self.env._("Place"),
            self.env._("When"),
            self.env._("What"),
            self.env._("Record"),
            self.env._("Who"),
            self.env._("Why"),
            self.env._("Before"),
            self.env._("After"),
        )
        entries = bundle._entries(SHOWN)
        seals = bundle._places(entries)
        rows = [
            (
                seals.get(entry.id, ""),
                f"{entry.at:%Y-%m-%d %H:%M:%S}",
                entry.event,
                f"{entry.record_name or ''} ({entry.model},{entry.res_id})" if entry.res_id else entry.model or "",
                entry.user_login or "",
                entry.reason or "",
                entry.before or "",
                entry.after or "",
            )
            for entry in entries
        ]
        note = self.env._("%(shown)s of %(all)s; all are in trail.jsonl.", shown=len(rows), all=bundle.entry_count)
        return Table(self.env._("Entries of the trail"), columns, rows, note)
