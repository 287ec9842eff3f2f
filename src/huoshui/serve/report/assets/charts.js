// Charts, the theme switch, definitions in place, printing. Data come from JSON blocks beside each chart.
const echarts = globalThis.huoshuiECharts;
const root = document.documentElement;
const PRINT_WIDTH = 660;
const drawn = new Map();

const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
const palette = () => {
  const names = ["paper", "raised", "ink", "ink-soft", "ink-faint", "line", "line-strong", "accent", "accent-soft", "loss", "taken", "taken-soft", "muted"];
  return Object.fromEntries(names.map((name) => [name.replace("-s", "S").replace("-f", "F"), colour(name)]));
};
const tones = (p) => ({ start: p.lineStrong, taken: p.taken, loss: p.loss, left: p.accent, ink: p.inkSoft, outline: p.inkFaint });
const plain = (text) => echarts.format.encodeHTML(String(text));
const short = (value) => {
  const size = Math.abs(value);
  if (root.lang.startsWith("zh")) return size >= 1e4 ? `${+(value / 1e4).toFixed(1)} 万` : `${+value.toFixed(2)}`;
  return size >= 1e3 ? `${+(value / 1e3).toFixed(1)}k` : `${+value.toFixed(2)}`;
};

function common(p) {
  return {
    animation: false,
    aria: { enabled: false },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: p.ink, fontSize: 13 },
    tooltip: { confine: true, backgroundColor: p.raised, borderColor: p.lineStrong, textStyle: { color: p.ink, fontSize: 13 }, extraCssText: "box-shadow:0 6px 20px rgb(0 0 0 / .14)" },
  };
}

function categories(names, p, narrow) {
  return {
    type: "category", inverse: true, data: names, axisTick: { show: false }, axisLine: { show: false },
    axisLabel: { color: p.ink, fontSize: narrow ? 12 : 13, width: narrow ? 96 : 190, overflow: "break", lineHeight: 15 },
  };
}

function values(p, more) {
  return {
    type: "value", axisLabel: { color: p.inkFaint, fontSize: 12, hideOverlap: true }, splitLine: { lineStyle: { color: p.line } },
    axisLine: { show: false }, axisTick: { show: false }, ...more,
  };
}

// Bars that hang where the one before ended: what is taken away from a hundred, and what is left.
function waterfall(data, p, narrow, view) {
  const rows = data.views[view].rows;
  const tone = tones(p);
  return {
    grid: { left: narrow ? 104 : 200, right: narrow ? 44 : 120, top: 8, bottom: 8 },
    xAxis: values(p, { max: 100, show: false }),
    yAxis: categories(rows.map((row) => row.name), p, narrow),
    tooltip: { trigger: "item", formatter: ({ dataIndex }) => `${plain(rows[dataIndex].name)}<br><b>${rows[dataIndex].text}</b> / 100 · ${plain(rows[dataIndex].amount)}` },
    series: [
      { type: "bar", stack: "all", stackStrategy: "all", silent: true, itemStyle: { color: "transparent" }, data: rows.map((row) => row.start), tooltip: { show: false } },
      {
        type: "bar", stack: "all", stackStrategy: "all", barWidth: narrow ? 16 : 20, barMinHeight: 2,
        data: rows.map((row) => ({ value: row.size, itemStyle: { color: tone[row.tone], borderRadius: 2 } })),
        label: {
          show: true, position: "right", color: p.ink, fontSize: 13,
          formatter: ({ dataIndex }) => (narrow ? rows[dataIndex].text : `${rows[dataIndex].text}   {amount|${rows[dataIndex].amount}}`),
          rich: { amount: { color: p.inkFaint, fontSize: 12 } },
        },
      },
    ],
  };
}

// A dot and its interval against the bar; grey while it must not be judged.
function intervals(data, p, narrow) {
  const rows = data.rows;
  const shown = (row) => (row.muted ? p.muted : row.low > row.bar ? p.accent : row.high < row.bar ? p.loss : p.inkSoft);
  const bounds = rows.flatMap((row) => [row.low ?? row.value, row.high ?? row.value, row.bar, 0]);
  const pad = (Math.max(...bounds) - Math.min(...bounds)) * 0.06 || 0.1;
  return {
    grid: { left: narrow ? 104 : 200, right: narrow ? 16 : 60, top: 26, bottom: 26 },
    xAxis: values(p, { min: Math.floor((Math.min(...bounds) - pad) * 2) / 2, max: Math.ceil((Math.max(...bounds) + pad) * 2) / 2 }),
    yAxis: categories(rows.map((row) => row.name), p, narrow),
    tooltip: {
      trigger: "item",
      formatter: ({ dataIndex }) => {
        const row = rows[dataIndex];
        const range = row.low == null ? "" : ` (${row.low.toFixed(2)} – ${row.high.toFixed(2)})`;
        return `${plain(row.name)}<br><b>${row.value.toFixed(2)}</b>${range}${row.verdict ? `<br>${plain(row.verdict)}` : ""}`;
      },
    },
    series: [{
      type: "custom", data: rows.map((row, index) => [row.value, index]), encode: { x: 0, y: 1 },
      renderItem(_, api) {
        const row = rows[api.value(1)];
        const y = api.coord([row.value, api.value(1)])[1];
        const x = (value) => api.coord([value, api.value(1)])[0];
        const half = api.size([0, 1])[1] / 2;
        const stroke = shown(row);
        const children = [];
        children.push({ type: "line", shape: { x1: x(row.bar), x2: x(row.bar), y1: y - half, y2: y + half }, style: { stroke: p.ink, lineWidth: 1.5 } });
        if (row.low != null) children.push({ type: "line", shape: { x1: x(row.low), x2: x(row.high), y1: y, y2: y }, style: { stroke, lineWidth: 3, lineCap: "round" } });
        children.push({ type: "circle", shape: { cx: x(row.value), cy: y, r: 6 }, style: { fill: row.muted ? p.paper : stroke, stroke, lineWidth: 2 } });
        if (api.value(1) === 0) children.push({ type: "text", style: { text: `${data.bar} ${row.bar.toFixed(2)}`, x: x(row.bar), y: y - 28, fill: p.inkSoft, fontSize: 12, align: "center", verticalAlign: "middle" } });
        return { type: "group", children };
      },
    }],
  };
}

// What each amount brings a user, with its interval, against what it costs.
function curve(data, p, narrow) {
  const points = data.points;
  const origin = { x: 0, y: 0, low: 0, high: 0, cost: 0 };
  const all = [origin, ...points];
  return {
    grid: { left: 52, right: narrow ? 16 : 40, top: data.small ? 10 : 34, bottom: data.small ? 26 : 44 },
    legend: { show: !data.small, top: 0, left: 0, itemWidth: 18, textStyle: { color: p.inkSoft }, data: [data.y, data.cost] },
    xAxis: values(p, { name: data.small ? "" : data.x, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: p.inkFaint }, splitLine: { show: false } }),
    yAxis: values(p, { min: data.scale?.[0], max: data.scale?.[1], splitNumber: data.small ? 3 : 5, axisLabel: { color: p.inkFaint, formatter: short, showMaxLabel: !data.small } }),
    tooltip: {
      trigger: "axis",
      formatter: (items) => {
        const point = all[items[0].dataIndex];
        return `${plain(data.x)} ${point.x}<br>${plain(data.y)} <b>${point.y.toFixed(2)}</b> (${point.low.toFixed(2)} – ${point.high.toFixed(2)})<br>${plain(data.cost)} ${point.cost.toFixed(2)}`;
      },
    },
    series: [
      { name: data.y, type: "line", data: all.map((point) => [point.x, point.y]), symbol: "circle", symbolSize: 8, lineStyle: { color: p.accent, width: 2.5 }, itemStyle: { color: p.accent } },
      { name: data.cost, type: "line", data: all.map((point) => [point.x, point.cost]), symbol: "none", lineStyle: { color: p.loss, width: 1.5, type: "dashed" }, itemStyle: { color: p.loss } },
      {
        type: "custom", data: points.map((point) => [point.x, point.low, point.high]), silent: true, z: 1, tooltip: { show: false },
        renderItem(_, api) {
          const [x, low] = api.coord([api.value(0), api.value(1)]);
          const high = api.coord([api.value(0), api.value(2)])[1];
          return { type: "line", shape: { x1: x, x2: x, y1: low, y2: high }, style: { stroke: p.accent, lineWidth: 1.5, opacity: 0.6 } };
        },
      },
    ],
  };
}

// What a pot is expected to bring by its size: where this plan stands, the budget, the edge, and the money itself.
function pot(data, p, narrow) {
  const all = [{ x: 0, y: 0, spent: 0 }, ...data.points];
  const words = data.words;
  const across = Math.max(data.budget, ...data.points.map((point) => point.x));
  const upright = (x, name, tone, type, aside) => ({ xAxis: x, name, lineStyle: { color: tone, type, width: 1.5 }, label: { color: tone, position: "end", fontSize: 12, offset: [aside, 0] } });
  const uprights = [upright(data.budget, words.budget, p.ink, "dashed", 14)];
  if (data.edge != null) uprights.push(upright(data.edge, words.edge, p.loss, "solid", -14));
  return {
    grid: { left: 62, right: narrow ? 22 : 40, top: narrow ? 74 : 52, bottom: 48 },
    legend: { top: 0, left: 0, itemWidth: 18, textStyle: { color: p.inkSoft }, data: [words.y, words.cost, words.here] },
    xAxis: values(p, { min: 0, max: across, name: words.x, nameLocation: "middle", nameGap: 30, nameTextStyle: { color: p.inkFaint }, splitLine: { show: false }, axisLabel: { color: p.inkFaint, formatter: short, hideOverlap: true, showMaxLabel: false } }),
    yAxis: values(p, { axisLabel: { color: p.inkFaint, formatter: short } }),
    tooltip: {
      trigger: "item",
      formatter: ({ seriesName, dataIndex }) => {
        if (seriesName !== words.y) return `${plain(seriesName)}<br>${short(data.here.x)} → <b>${short(data.here.y)}</b> (${short(data.range[0])} – ${short(data.range[1])})`;
        const point = all[dataIndex];
        return `${short(point.spent)} → <b>${short(point.y)}</b>${point.users == null ? "" : `<br>${point.users.toLocaleString()} ${plain(words.users)}<br>${plain(words.price)} ${point.price.toFixed(2)}`}`;
      },
    },
    series: [
      {
        name: words.y, type: "line", data: all.map((point) => [point.x, point.y]), symbol: "circle", symbolSize: 6, lineStyle: { color: p.accent, width: 2.5 }, itemStyle: { color: p.accent },
        markLine: { symbol: "none", silent: true, label: { formatter: ({ name }) => name }, data: uprights },
      },
      { name: words.cost, type: "line", silent: true, data: all.map((point) => [point.x, point.spent]), symbol: "none", lineStyle: { color: p.inkFaint, width: 1.5, type: "dashed" }, itemStyle: { color: p.inkFaint } },
      {
        type: "custom", silent: true, z: 3, data: [[data.here.x, ...data.range]], encode: { x: 0, y: [1, 2] }, tooltip: { show: false },
        renderItem(_, api) {
          const [x, low] = api.coord([api.value(0), api.value(1)]);
          const high = api.coord([api.value(0), api.value(2)])[1];
          return { type: "line", shape: { x1: x, x2: x, y1: low, y2: high }, style: { stroke: p.loss, lineWidth: 3, lineCap: "round" } };
        },
      },
      { name: words.here, type: "scatter", z: 4, data: [[data.here.x, data.here.y]], symbolSize: 13, itemStyle: { color: p.loss } },
    ],
  };
}

// A few amounts for each month.
function columns(data, p, narrow) {
  const tone = tones(p);
  return {
    grid: { left: 58, right: 8, top: 34, bottom: 26 },
    legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 10, textStyle: { color: p.inkSoft } },
    xAxis: { type: "category", data: data.names, axisTick: { show: false }, axisLine: { lineStyle: { color: p.lineStrong } }, axisLabel: { color: p.inkSoft } },
    yAxis: values(p, { axisLabel: { color: p.inkFaint, formatter: short } }),
    tooltip: { trigger: "axis", axisPointer: { type: "none" }, valueFormatter: (value) => (value == null ? "–" : value.toLocaleString()) },
    series: data.series.map((item) => item.tone === "outline"
      ? { name: item.name, type: "scatter", symbol: "rect", symbolSize: [narrow ? 34 : 74, 3], data: item.values, itemStyle: { color: p.ink } }
      : { name: item.name, type: "bar", data: item.values, barMaxWidth: 34, barGap: "12%", itemStyle: { color: tone[item.tone], borderRadius: [3, 3, 0, 0] } }),
  };
}

// One amount a day, with flags on the days the pot ran dry.
function daily(data, p, narrow) {
  return {
    grid: { left: 58, right: 12, top: 30, bottom: 26 },
    xAxis: { type: "category", data: data.names, boundaryGap: false, axisTick: { show: false }, axisLine: { lineStyle: { color: p.lineStrong } }, axisLabel: { color: p.inkFaint, interval: "auto", formatter: (day) => day.slice(5), hideOverlap: true } },
    yAxis: values(p, { axisLabel: { color: p.inkFaint, formatter: short } }),
    tooltip: { trigger: "axis", valueFormatter: (value) => value.toLocaleString() },
    series: [{
      name: data.name, type: "line", data: data.values, symbol: "none", lineStyle: { color: p.accent, width: 1.5 }, itemStyle: { color: p.accent }, areaStyle: { color: p.accentSoft, opacity: 0.7 },
      markLine: {
        symbol: "none", silent: true, lineStyle: { color: p.loss, type: "solid", width: 1.5 }, label: { color: p.loss, fontSize: narrow ? 11 : 12, formatter: ({ name }) => name },
        data: data.flags.map((flag) => ({ xAxis: flag.day, name: narrow ? flag.name : `${flag.name} ${flag.day.slice(5)}` })),
      },
    }],
  };
}

// What is left of the pot at each day's end, above what each day uses; peaks in another tone, past days faint.
function pace(data, p, narrow) {
  const words = data.words;
  const tone = (index) => (data.past[index] ? p.muted : data.peaks[index] ? p.loss : p.accent);
  const days = (grid, more) => ({ type: "category", gridIndex: grid, data: data.days, axisTick: { show: false }, axisLine: { lineStyle: { color: p.lineStrong } }, axisLabel: { color: p.inkFaint, hideOverlap: true }, ...more });
  const fen = (grid, name) => values(p, { gridIndex: grid, splitNumber: grid ? 2 : 4, min: 0, name, nameTextStyle: { color: p.inkSoft, align: "left", fontSize: 12 }, nameGap: grid ? 12 : 26, axisLabel: { color: p.inkFaint, formatter: short } });
  const flags = data.days.flatMap((day, index) => (data.peaks[index] ? [{ xAxis: day, name: data.names[index] || words.peak }] : []));
  return {
    grid: [{ left: 58, right: 14, top: 46, height: "48%" }, { left: 58, right: 14, bottom: 28, height: "20%" }],
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    xAxis: [days(0, { boundaryGap: true, axisLabel: { show: false } }), days(1)],
    yAxis: [fen(0, words.left), fen(1, words.used)],
    tooltip: {
      trigger: "axis", axisPointer: { type: "line", lineStyle: { color: p.lineStrong } },
      formatter: (items) => {
        const index = items[0].dataIndex;
        const note = [data.names[index], data.past[index] ? words.past : ""].filter(Boolean).map(plain).join(" · ");
        return `${data.days[index]}${note ? ` · ${note}` : ""}<br>${plain(words.left)} <b>${short(data.left[index])}</b><br>${plain(words.used)} <b>${short(data.used[index])}</b>`;
      },
    },
    series: [
      {
        type: "line", data: data.left, symbol: "none", lineStyle: { color: p.accent, width: 2 }, itemStyle: { color: p.accent }, areaStyle: { color: p.accentSoft, opacity: 0.7 },
        markLine: { symbol: "none", silent: true, lineStyle: { color: p.loss, type: "dashed", width: 1.2 }, label: { color: p.loss, fontSize: narrow ? 11 : 12, formatter: ({ name }) => name }, data: flags },
      },
      { type: "bar", xAxisIndex: 1, yAxisIndex: 1, data: data.used.map((value, index) => ({ value, itemStyle: { color: tone(index), borderRadius: [2, 2, 0, 0] } })), barMaxWidth: 20 },
    ],
  };
}

const KINDS = { waterfall, intervals, curve, pot, columns, daily, pace };

function draw(plot, { view = 0, width } = {}) {
  const data = JSON.parse(document.getElementById(plot.dataset.chart).textContent);
  const across = width ?? plot.clientWidth;
  const narrow = across < 560;
  const rows = data.views ? data.views[view].rows.length : Number(plot.dataset.rows);
  const height = ["waterfall", "intervals"].includes(plot.dataset.kind) ? rows * (narrow ? 36 : 34) + 40 : rows * 40;
  plot.style.height = `${height}px`;
  drawn.get(plot)?.chart.dispose();
  const chart = echarts.init(plot, null, { renderer: "svg", width: across, height });
  const p = palette();
  const option = KINDS[plot.dataset.kind](data, p, narrow, view);
  const base = common(p);
  chart.setOption({ ...base, ...option, tooltip: { ...base.tooltip, ...option.tooltip } });
  drawn.set(plot, { chart, view });
}

const plots = [...document.querySelectorAll(".plot")];
const redraw = (more) => plots.forEach((plot) => draw(plot, { view: drawn.get(plot)?.view ?? 0, ...more }));

function watchWidth() {
  let last = window.innerWidth;
  let timer = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === last) return;
    last = window.innerWidth;
    clearTimeout(timer);
    timer = setTimeout(redraw, 120);
  });
}

function switchTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const now = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");
  document.getElementById("theme").addEventListener("click", () => {
    root.dataset.theme = now() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("huoshui-theme", root.dataset.theme);
    } catch (error) {
      // No storage for a page opened from a file: the choice holds until it is closed.
    }
    redraw();
  });
  dark.addEventListener("change", () => redraw());
}

function chooseSource() {
  for (const group of document.querySelectorAll(".choice")) {
    const plot = document.querySelector(`.plot[data-chart="${group.dataset.for}"]`);
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
      draw(plot, { view: Number(button.dataset.view) });
    });
  }
}

// A tap on a term shows its definition beside it; without scripts the link leads to the list of words.
function showWords() {
  const box = document.getElementById("word");
  const { close } = JSON.parse(document.getElementById("words-ui").textContent);
  const hide = () => { box.hidden = true; };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.term");
    if (!link) {
      if (!box.contains(event.target)) hide();
      return;
    }
    const entry = document.getElementById(`word-${link.dataset.word}`);
    if (!entry) return;
    event.preventDefault();
    const title = document.createElement("b");
    title.textContent = entry.querySelector("dt").textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = close;
    button.addEventListener("click", () => { hide(); link.focus(); });
    box.replaceChildren(title, entry.querySelector("dd").textContent, document.createElement("br"), button);
    box.hidden = false;
    const at = link.getBoundingClientRect();
    const left = Math.min(Math.max(16, at.left), root.clientWidth - box.offsetWidth - 16);
    box.style.left = `${left + window.scrollX}px`;
    box.style.top = `${at.bottom + window.scrollY + 8}px`;
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}

// On paper: light colours, a width that fits, every table open; then back as it was.
function printing() {
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details.numbers:not([open])")];
    folded.forEach((item) => { item.open = true; });
    root.dataset.before = root.dataset.theme ?? "";
    root.dataset.theme = "light";
    redraw({ width: PRINT_WIDTH });
  });
  window.addEventListener("afterprint", () => {
    folded.forEach((item) => { item.open = false; });
    if (root.dataset.before) root.dataset.theme = root.dataset.before;
    else delete root.dataset.theme;
    delete root.dataset.before;
    redraw();
  });
  document.getElementById("print").addEventListener("click", () => window.print());
}

redraw();
watchWidth();
switchTheme();
chooseSource();
showWords();
printing();
root.dataset.ready = "true";
