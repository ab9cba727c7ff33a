"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  const shown = (v) => (v == null ? "–" : Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(1) : v.toFixed(2));
  const plots = [];
  let paper = false;

  function stacked(series) {
    const sums = [];
    return series.map((one) => one.values.map((v, i) => (sums[i] = (sums[i] || 0) + (v || 0))));
  }

  function draw(element) {
    const chart = data.charts[Number(element.dataset.chart)];
    const bars = chart.kind === "stacked bars";
    const right = chart.series.some((one) => one.axis === "right");
    const values = bars ? stacked(chart.series).reverse() : chart.series.map((one) => one.values);
    const order = bars ? [...chart.series].reverse() : chart.series;
    const few = chart.x.length <= 40;
    const axis = (label, side, scale) => ({
      label, side, scale, stroke: colour("soft"), grid: { stroke: colour("line"), width: 1, show: side !== 1 },
      ticks: { stroke: colour("line"), width: 1 }, size: side % 2 ? 58 : 44,
      incrs: side === 2 && chart.x.every(Number.isInteger) ? [1, 2, 5].flatMap((n) => [n, 10 * n, 100 * n, 1e3 * n, 1e4 * n, 1e5 * n]).sort((a, b) => a - b) : undefined,
    });
    const edges = order.flatMap((one) => (one.band.length ? [1, 0].map((end) => ({ one, end })) : []));
    const options = {
      width: Math.min(element.clientWidth, paper ? 680 : Infinity), height: 260, legend: { live: true },
      scales: { x: { time: false }, left: { range: (u, low, high) => [Math.min(0, low), high * 1.08 || 1] }, right: { range: (u, low, high) => [0, high * 1.08 || 1] } },
      axes: [axis(chart.x_label, 2, "x"), axis(chart.y_label, 3, "left"), ...(right ? [axis(chart.right_label, 1, "right")] : [])],
      series: [
        { label: chart.x_label, value: (u, v) => shown(v) },
        ...order.map((one) => ({
          label: one.label, scale: one.axis, stroke: colour(one.role), width: bars ? 0 : 2,
          fill: bars ? colour(one.role) : undefined, points: { show: few && !bars },
          paths: bars ? uPlot.paths.bars({ size: [0.9, 60] }) : undefined,
          value: (u, v, s, i) => (i == null ? "–" : shown(one.values[i])),
        })),
        ...edges.map(({ one }) => ({ scale: one.axis, class: "edge", width: 0, points: { show: false } })),
      ],
      bands: edges.filter(({ end }) => end).map(({ one }, i) => {
        const high = 1 + order.length + 2 * i;
        return { series: [high, high + 1], fill: colour(one.role) + "33" };
      }),
    };
    return new uPlot(options, [chart.x, ...values, ...edges.map(({ one, end }) => one.band.map((ends) => ends[end]))], element);
  }

  function all() {
    plots.splice(0).forEach((plot) => plot.destroy());
    document.querySelectorAll(".plot").forEach((element) => plots.push(draw(element)));
  }
  all();
  addEventListener("resize", () => plots.forEach((plot) => plot.setSize({ width: plot.root.parentElement.clientWidth, height: 260 })));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  for (const [event, prints] of [["beforeprint", true], ["afterprint", false]])
    addEventListener(event, () => {
      paper = prints;
      document.documentElement.classList.toggle("print", prints);
      all();
    });

  const at = document.getElementById("at");
  if (!at) return;
  const cells = [...document.querySelectorAll("#moment dd")];
  const clock = document.getElementById("clock");
  const button = document.getElementById("play");
  let timer = 0;
  function show() {
    const moment = data.replay[Number(at.value)];
    cells.forEach((cell, i) => (cell.textContent = moment.figures[i]));
    clock.textContent = moment.at_s.toFixed(1) + " s";
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    button.textContent = "play";
  }
  at.addEventListener("input", show);
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(at.value) >= Number(at.max)) at.value = 0;
    button.textContent = "pause";
    timer = setInterval(() => {
      at.value = Number(at.value) + 1;
      show();
      if (Number(at.value) >= Number(at.max)) stop();
    }, 100);
  });
  show();
})();
