"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  const shown = (v) => (v == null ? "–" : Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(1) : v.toFixed(2));
  const plots = [];

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
    const axis = (label, side, scale) => ({
      label, side, scale, stroke: colour("soft"), grid: { stroke: colour("line"), show: side !== 1 },
      ticks: { stroke: colour("line") }, size: side % 2 ? 58 : 44,
    });
    const options = {
      width: element.clientWidth, height: 260, legend: { live: true },
      scales: { x: { time: false }, left: { range: (u, low, high) => [Math.min(0, low), high * 1.08 || 1] }, right: { range: (u, low, high) => [0, high * 1.08 || 1] } },
      axes: [axis(chart.x_label, 2, "x"), axis(chart.y_label, 3, "left"), ...(right ? [axis(chart.right_label, 1, "right")] : [])],
      series: [
        { label: chart.x_label, value: (u, v) => shown(v) },
        ...order.map((one) => ({
          label: one.label, scale: one.axis, stroke: colour(one.role), width: bars ? 0 : 2,
          fill: bars ? colour(one.role) : undefined, points: { show: false },
          paths: bars ? uPlot.paths.bars({ size: [0.9, 60] }) : undefined,
          value: (u, v, s, i) => (i == null ? "–" : shown(one.values[i])),
        })),
      ],
    };
    return new uPlot(options, [chart.x, ...values], element);
  }

  function all() {
    plots.splice(0).forEach((plot) => plot.destroy());
    document.querySelectorAll(".plot").forEach((element) => plots.push(draw(element)));
  }
  all();
  addEventListener("resize", () => plots.forEach((plot) => plot.setSize({ width: plot.root.parentElement.clientWidth, height: 260 })));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  addEventListener("beforeprint", all);

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
