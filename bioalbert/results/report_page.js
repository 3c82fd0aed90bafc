"use strict";
// The table's sorting, its filters, and the runs behind a cell. Texts are only ever set as text: none of them can become markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const table = document.getElementById("scores");
  const lines = [...table.tBodies[0].rows];
  const panel = document.getElementById("panel");

  function make(tag, text, ...children) {
    const element = document.createElement(tag);
    if (text !== null) element.textContent = text;
    element.append(...children);
    return element;
  }

  function classed(element, name) {
    element.className = name;
    return element;
  }

  // A table; columns of numbers stand flush right.
  function grid(head, rows) {
    const numeric = head.map((_, column) => rows.every((row) => /^[\d.,]+$/.test(row[column])));
    const cell = (tag, value, column) => (value instanceof Node ? value : classed(make(tag, value), numeric[column] ? "number" : ""));
    const line = (tag, values) => make("tr", null, ...values.map((value, column) => cell(tag, value, column)));
    return make("table", null, make("thead", null, line("th", head)), make("tbody", null, ...rows.map((row) => line("td", row))));
  }

  function pairs(values) {
    const lines = Object.entries(values).map(([name, value]) => make("li", `${name.replaceAll("_", " ")} `, make("b", value ?? "–")));
    return classed(make("ul", null, ...lines), "pairs");
  }

  // Sorting: numbers from the highest, texts from A; a second click turns it round. Cells without a number stay last.
  function sort(heading) {
    const [column, table] = [heading.cellIndex, heading.closest("table")];
    const lines = [...table.tBodies[0].rows];
    const numeric = lines.some((line) => line.cells[column].dataset.value);
    const turn = heading.getAttribute("aria-sort") === (numeric ? "descending" : "ascending");
    const direction = numeric === turn ? 1 : -1;
    const value = (line) => (numeric ? Number.parseFloat(line.cells[column].dataset.value) : line.cells[column].textContent);
    const sorted = lines.toSorted((one, other) => {
      const [left, right] = [value(one), value(other)];
      if (!numeric) return direction * left.localeCompare(right);
      if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) - Number.isNaN(right);
      return direction * (left - right);
    });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
    table.tBodies[0].append(...sorted);
  }

  // Filters.
  const wanted = Object.fromEntries(["task", "protocol", "words"].map((name) => [name, document.getElementById(name)]));

  function filter() {
    const words = wanted.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const line of lines) {
      const text = line.textContent.toLowerCase();
      const kept = ["task", "protocol"].every((name) => !wanted[name].value || wanted[name].value === line.dataset[name]);
      line.hidden = !(kept && words.every((word) => text.includes(word)));
    }
    const shown = lines.filter((line) => !line.hidden).length;
    document.getElementById("shown").textContent = `${shown} of ${lines.length} lines`;
  }

  // The runs of a cell.
  function open(model, protocol) {
    const runs = data.runs.filter((run) => run.model === model && run.protocol === protocol);
    const details = make("div", null);
    const choose = (run) => details.replaceChildren(...told(run));
    const rows = runs.map((run) => {
      const button = make("button", run.fold ? `seed ${run.seed}, fold ${run.fold}` : `seed ${run.seed}`);
      button.addEventListener("click", () => {
        for (const other of panel.querySelectorAll("[aria-pressed]")) other.setAttribute("aria-pressed", other === button);
        choose(run);
      });
      button.setAttribute("aria-pressed", run === runs[0]);
      return [classed(make("td", null, button), "name"), ...run.scores.map((score) => (100 * score).toFixed(2)), run.flags.join("; ")];
    });
    document.getElementById("title").textContent = `${model} on ${protocol}`;
    document.getElementById("runs").replaceChildren(grid(["run", ...data.shared[runs[0].figures], "flags"], rows), details);
    choose(runs[0]);
    panel.showModal();
  }

  function told(run) {
    const part = (title, ...content) => (content.length ? [make("h3", title), ...content] : []);
    return [
      make("h3", `Run ${run.folder}`),
      ...part("Mean loss of each epoch", ...(run.losses.length ? [curve(run)] : [])),
      ...part("Counts", ...(run.counts.length ? [grid(["", "gold", "predicted", "correct"], run.counts)] : [])),
      ...part("Confusions: gold down, predicted across", ...(run.confusion ? [confusions(run.confusion)] : [])),
      ...part("Worst errors", ...errors(run)),
      ...part("Examples", pairs(data.shared[run.sizes])),
      ...part("Settings", pairs(data.shared[run.settings])),
      ...part("End of the log", make("pre", run.log.join("\n"))),
    ];
  }

  function confusions(pairs) {
    const labels = [...new Set(pairs.flatMap(([gold, predicted]) => [gold, predicted]))].sort();
    const counts = new Map(pairs.map(([gold, predicted, count]) => [JSON.stringify([gold, predicted]), count]));
    const row = (gold) => labels.map((predicted) => counts.get(JSON.stringify([gold, predicted])) ?? 0);
    return grid(["", ...labels], labels.map((gold) => [make("th", gold), ...row(gold)]));
  }

  function errors(run) {
    if (run.items === null) return [make("p", "Not told: a run of an older version.")];
    const count = `Errors in ${run.wrong} of ${run.items} test items`;
    if (run.withheld) return [make("p", `${count}. Their texts are not shown: ${run.withheld}.`)];
    if (!run.errors.length) return [make("p", `${count}.`)];
    const rows = run.errors.map(([text, expected, answered]) => [data.shared[text], expected || "nothing", answered || "nothing"]);
    return [make("p", `${count}; the worst ${rows.length}, long texts cut:`), grid(["text", "gold", "predicted"], rows)];
  }

  function curve(run) {
    const [width, height, left, bottom] = [420, 150, 50, 20];
    const top = Math.max(...run.losses, 1e-9);
    const x = (epoch) => left + ((width - left - 10) * (epoch + 0.5)) / run.losses.length;
    const y = (loss) => 8 + (height - bottom - 8) * (1 - loss / top);
    const draw = (tag, attributes, text = "") => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      element.textContent = text;
      return element;
    };
    const figure = draw("svg", { viewBox: `0 0 ${width} ${height}`, width, role: "img", class: "curve" });
    figure.setAttribute("aria-label", `mean loss of each epoch: ${run.losses.join(", ")}`);
    figure.append(
      draw("path", { d: `M${left} 4V${height - bottom}H${width - 5}`, class: "axis" }),
      draw("polyline", { points: run.losses.map((loss, epoch) => `${x(epoch)},${y(loss)}`).join(" ") }),
      ...[0, top / 2, top].map((loss) => draw("text", { x: left - 6, y: y(loss) + 4, "text-anchor": "end" }, loss.toFixed(3))),
      ...run.losses.map((loss, epoch) => {
        const dot = draw("circle", { cx: x(epoch), cy: y(loss), r: epoch + 1 === run.best_epoch ? 6 : 3 });
        dot.append(draw("title", {}, `epoch ${epoch + 1}: ${loss}${epoch + 1 === run.best_epoch ? ", kept" : ""}`));
        return dot;
      }),
      draw("text", { x: width - 5, y: height - 4, "text-anchor": "end" }, `epoch 1 to ${run.losses.length}`),
    );
    return figure;
  }

  for (const heading of document.querySelectorAll("table.sorted th")) {
    heading.querySelector("button").addEventListener("click", () => sort(heading));
  }
  table.tBodies[0].addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) open(button.dataset.model, button.dataset.protocol);
  });
  for (const control of Object.values(wanted)) control.addEventListener("input", filter);
  filter();
})();
