/* global Chart */
import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { _t } from "@web/core/l10n/translation";

const COLOURS = { ok: "#3a9d7c", info: "#4c78a8", warn: "#d99b3f", bad: "#c9504f", muted: "#8b93a1" };

/** A small chart, with its figures in words for those who do not see it. */
export class TrendChart extends Component {
    static template = "finance_integration_audit.TrendChart";
    static props = { chart: Object };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = this.canvas.el && new Chart(this.canvas.el, this.config);
                return () => chart?.destroy();
            },
            () => [JSON.stringify(this.props.chart)]
        );
    }

    get words() {
        const { series } = this.props.chart;
        return series.map((one) => _t("%s: %s in all", one.label, one.data.reduce((sum, value) => sum + value, 0))).join(", ");
    }

    get config() {
        const { kind, labels, series } = this.props.chart;
        const ink = cookie.get("color_scheme") === "dark" ? "#c6ccd6" : "#5b6472";
        return {
            type: kind,
            data: {
                labels,
                datasets: series.map((one) => ({
                    label: one.label,
                    data: one.data,
                    backgroundColor: COLOURS[one.tone] || COLOURS.muted,
                    borderColor: COLOURS[one.tone] || COLOURS.muted,
                    borderWidth: kind === "line" ? 2 : 0,
                    borderRadius: 2,
                    maxBarThickness: 28,
                    pointRadius: labels.length > 12 ? 0 : 2,
                    tension: 0.25,
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: {
                    legend: { position: "bottom", labels: { boxWidth: 10, boxHeight: 10, color: ink } },
                },
                scales: {
                    x: { grid: { display: false }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 12 } },
                    y: { beginAtZero: true, border: { display: false }, ticks: { color: ink, maxTicksLimit: 5 } },
                },
            },
        };
    }
}
