// The browser of images: any two restorations of an image, what tasks saw in them, and an order.
(() => {
  "use strict";

  const exact = (key, value) => (value === "inf" ? Infinity : value === "-inf" ? -Infinity : value);
  const data = JSON.parse(document.getElementById("browser-data").textContent, exact);
  const one = (id) => document.getElementById(id);
  const stage = one("stage");
  const panes = { left: one("left-pane"), right: one("right-pane") };
  const lower = (image) => data.sets[image.set].lower;

  const state = { image: null, left: 0, right: 0, zoom: 1, x: 0, y: 0, split: 50, listed: [] };

  const element = (name, attributes = {}, text = "") => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };

  const fill = (select, names, chosen = 0) => {
    select.replaceChildren(...names.map(([value, name]) => element("option", { value }, name)));
    if (names.length) select.value = String(names[Math.max(0, chosen)][0]);
  };

  // Pictures: a data URI, a path beside the page, or after # another picture of the page.
  const sourceOf = (picture) => (picture?.startsWith("#") ? one(picture.slice(1)).src : picture);

  const pictureOf = (image, row) => {
    const layer = layerOf();
    const drawn = layer && !layer.truth ? image.drawn[layer.task][row] : null;
    if (typeof drawn === "string") return sourceOf(drawn);
    if (one("large").checked && image.whole[row]) return image.whole[row];
    return sourceOf(image.pictures[row]);
  };

  // What a task drew: with its picture on the page, or by itself in a file beside it, which may be lost.

  const TRUTH = "truth of ";
  const lost = new Set();

  const layerOf = () => {
    const chosen = one("layer").value;
    const truth = chosen.startsWith(TRUTH);
    const task = Number(truth ? chosen.slice(TRUTH.length) : chosen);
    return chosen && task >= 0 ? { task, truth } : null;
  };

  const overlayOf = (image, row) => {
    const layer = layerOf();
    if (!layer || (layer.truth ? image.truth[layer.task] : image.drawn[layer.task][row]) !== true) return null;
    const folders = data.sets[image.set].layers[layer.task];
    return (layer.truth ? folders.truth : folders.rows[row]) + image.file;
  };

  const isMissing = (image, row) => {
    const layer = layerOf();
    if (!layer) return "";
    const what = `${data.tasks[layer.task]} drew`;
    if (lost.has(overlayOf(image, row))) return `What ${what} is not beside this page: take previews/ along. `;
    return layer.truth || image.drawn[layer.task][row] ? "" : `${data.rows[row]}: nothing that ${what} was kept. `;
  };

  const printed = (value, metric) => {
    if (value === null || value === undefined) return "\u2013";
    const text = (Number.isFinite(value) ? value.toFixed(metric.digits) : String(value).replace("Infinity", "\u221e")).replace("-", "\u2212");
    return metric.unit ? `${text} ${metric.unit}` : text;
  };

  const headOf = (metric) => `${data.tasks.length > 1 ? `${metric.task}: ` : ""}${metric.label}`;

  // The order of the images.

  const orderValue = (image) => {
    const place = Number(one("by-metric").value);
    if (place < 0) return null;
    const how = one("by-how").value;
    const row = Number(one("of-row").value);
    const better = data.metrics[place].better || 1;
    const value = image.values[place][row];
    if (how === "best" || how === "worst") return value;
    const base = lower(image) === null ? null : image.values[place][lower(image)];
    if (value === null || base === null) return null;
    return value === base ? 0 : better * (value - base);
  };

  const inOrder = (images) => {
    const place = Number(one("by-metric").value);
    if (place < 0) return images.map((image) => [image, null]);
    const how = one("by-how").value;
    const better = data.metrics[place].better || 1;
    const sign = { best: -better, worst: better, gain: -1, harm: 1 }[how];
    return images
      .map((image) => [image, orderValue(image)])
      .sort((first, second) => {
        if (first[1] === null || second[1] === null) return (first[1] === null) - (second[1] === null);
        return first[1] === second[1] ? 0 : sign * (first[1] - second[1]);
      });
  };

  const captionOf = (image, value) => {
    if (value === null) return image.name;
    const metric = data.metrics[Number(one("by-metric").value)];
    const isGain = ["gain", "harm"].includes(one("by-how").value);
    return `${image.name} ${isGain && value > 0 ? "+" : ""}${printed(value, metric)}`;
  };

  const list = () => {
    const of = Number(one("of-set").value);
    const wanted = one("by-name").value.toLowerCase();
    const row = Number(one("of-row").value);
    const named = data.images.filter(
      (image) => image.set === of && image.name.toLowerCase().includes(wanted),
    );
    const ordered = inOrder(named);
    state.listed = ordered.map(([image]) => image);
    one("shelf").replaceChildren(
      ...ordered.map(([image, value]) => {
        const button = element("button", { type: "button" });
        const source = sourceOf(image.pictures[row]) || sourceOf(image.pictures.find(Boolean));
        if (source) button.append(element("img", { src: source, alt: "", loading: source.startsWith("data:") ? "eager" : "lazy", decoding: "async" }));
        button.append(element("span", {}, captionOf(image, value)));
        button.addEventListener("click", () => show(image));
        const item = element("li");
        item.append(button);
        return item;
      }),
    );
    const all = data.images.filter((image) => image.set === of).length;
    one("count").textContent = `${named.length === all ? "" : `${named.length} of `}${all} image${all === 1 ? "" : "s"} of ${data.sets[of].name}`;
    mark();
  };

  const mark = () => {
    [...one("shelf").querySelectorAll("button")].forEach((button, place) => {
      const chosen = state.listed[place] === state.image;
      button.setAttribute("aria-pressed", String(chosen));
    });
  };

  // The stage.

  const svg = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const boxesOf = (image, row) => {
    const [width, height] = image.size;
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    const on = new Set([...one("boxes").querySelectorAll("input:checked")].map((box) => box.value));
    image.marks.forEach((rows, task) => {
      for (const [kind, left, top, right, bottom, label, score] of rows ? rows[row] : []) {
        if (!on.has(`${task}/${kind}`)) continue;
        const name = data.kinds[kind];
        const sides = { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
        drawing.append(svg("rect", { ...sides, class: "edge" }), svg("rect", { ...sides, class: name }));
        const size = (11 * width) / (Math.max(1, panes.right.clientWidth) * state.zoom); // none in print
        const text = svg("text", { x: left, y: top > 1.3 * size ? top - size / 4 : bottom + size, "font-size": size, class: name });
        text.textContent = ["found", "invented"].includes(name) ? `${label} ${score.toFixed(2)}` : label;
        drawing.append(text);
      }
    });
    return drawing;
  };

  const say = () => {
    const image = state.image;
    const shown = [...new Set([state.left, state.right])];
    const failed = shown.filter((row) => image.causes[row]);
    const missing = shown.filter((row) => !image.causes[row]).map((row) => isMissing(image, row));
    one("said").textContent =
      `${one("mode").value === "difference" ? "Bright is where the two differ. " : ""}` +
      [...new Set(missing)].join("") +
      failed.map((row) => `${data.rows[row]}: ${image.causes[row]}`).join(" ");
  };

  const layOver = (source) => {
    const drawn = element("img", { src: source, alt: one("layer").selectedOptions[0].text, draggable: "false" });
    drawn.addEventListener("error", () => {
      lost.add(source);
      drawn.remove();
      say();
      legend(state.image);
    });
    return drawn;
  };

  const legend = (image) => {
    const layer = layerOf();
    const isSeen = [state.left, state.right].some((row) => layer && !isMissing(image, row));
    const colours = isSeen ? data.sets[image.set].layers[layer.task].legend : [];
    one("layer-legend").hidden = !colours.length;
    one("layer-legend").replaceChildren(
      ...colours.map(([meaning, colour]) => {
        const item = element("li");
        const swatch = element("span", { class: "swatch" });
        swatch.style.background = colour;
        item.append(swatch, meaning);
        return item;
      }),
    );
  };

  const draw = () => {
    const image = state.image;
    if (!image) return;
    for (const side of ["left", "right"]) {
      const row = state[side];
      const source = pictureOf(image, row);
      const moved = panes[side].querySelector(".moved");
      moved.replaceChildren();
      if (source) {
        moved.append(element("img", { src: source, alt: `${image.name}, ${data.rows[row]}`, draggable: "false" }));
        const overlay = overlayOf(image, row);
        if (overlay && !lost.has(overlay)) moved.append(layOver(overlay));
        if (image.size && one("mode").value !== "difference") moved.append(boxesOf(image, row));
      } else {
        moved.append(element("p", { class: "blank" }, image.causes[row] ? `failed: ${image.causes[row]}` : "no picture was kept"));
      }
      panes[side].querySelector(".name").textContent = data.rows[row];
    }
    const mode = one("mode").value;
    stage.dataset.mode = mode;
    one("split-label").hidden = mode !== "slider";
    one("amplify-label").hidden = mode !== "difference";
    one("large-label").hidden = !image.whole[state.left] && !image.whole[state.right];
    say();
    legend(image);
    place();
  };

  const place = () => {
    const [width, height] = [panes.right.clientWidth, panes.right.clientHeight];
    state.x = Math.min(0, Math.max(width * (1 - state.zoom), state.x));
    state.y = Math.min(0, Math.max(height * (1 - state.zoom), state.y));
    stage.style.setProperty("--split", `${state.split}%`);
    stage.style.setProperty("--move", `translate(${state.x}px, ${state.y}px) scale(${state.zoom})`);
    stage.style.setProperty("--amplify", one("amplify").value);
    stage.classList.toggle("zoomed", state.zoom > 1);
    stage.classList.toggle("pixels", state.zoom >= 4);
    one("split").value = String(state.split);
  };

  const zoomTo = (zoom, at = { x: panes.right.clientWidth / 2, y: panes.right.clientHeight / 2 }) => {
    const next = Math.min(16, Math.max(1, zoom));
    state.x = at.x - ((at.x - state.x) * next) / state.zoom;
    state.y = at.y - ((at.y - state.y) * next) / state.zoom;
    state.zoom = next;
    draw();
  };

  const show = (image, focus = false) => {
    state.image = image;
    [state.zoom, state.x, state.y] = [1, 0, 0];
    if (image.size) {
      stage.style.setProperty("--shape", `${image.size[0]} / ${image.size[1]}`);
      stage.style.setProperty("--ratio", image.size[0] / image.size[1]);
    }
    one("image-name").textContent = `${data.sets[image.set].name}: ${image.name}`;
    figures(image);
    offer(image);
    mark();
    draw();
    if (focus) one("image-name").focus();
  };

  const step = (by) => {
    const now = state.listed.indexOf(state.image);
    if (state.listed.length) show(state.listed[(now + by + state.listed.length) % state.listed.length]);
    one("shelf").querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const offer = (image) => {
    const layers = data.tasks.flatMap((name, task) => [
      ...(image.drawn[task].some(Boolean) ? [[task, name]] : []),
      ...(image.truth[task] ? [[`${TRUTH}${task}`, `${name}: the truth`]] : []),
    ]);
    const before = one("layer").value;
    fill(one("layer"), [[-1, "nothing"], ...layers]);
    if (layers.some(([task]) => String(task) === before)) one("layer").value = before;
    one("layer-label").hidden = !layers.length;
    const wanted = image.marks.map((rows) => Boolean(rows));
    one("boxes").hidden = !wanted.some(Boolean);
    for (const label of one("boxes").querySelectorAll("label")) label.hidden = !wanted[Number(label.dataset.task)];
  };

  const figures = (image) => {
    const told = data.metrics.map((metric, place) => [metric, place]).filter(([, place]) => image.values[place].some((value) => value !== null));
    const groups = element("tr");
    groups.append(element("td"));
    for (const task of new Set(told.map(([metric]) => metric.task))) {
      const span = told.filter(([metric]) => metric.task === task).length;
      groups.append(element("th", { scope: "colgroup", colspan: String(span), class: "start" }, task));
    }
    const head = element("tr");
    head.append(element("th", { scope: "col", class: "name" }, "derainer"));
    for (const [metric] of told) head.append(element("th", { scope: "col" }, metric.label));
    const body = element("tbody");
    data.rows.forEach((name, row) => {
      const line = element("tr");
      line.append(element("th", { scope: "row" }, name));
      for (const [metric, place] of told) line.append(element("td", {}, printed(image.values[place][row], metric)));
      body.append(line);
    });
    const heads = element("thead");
    heads.append(groups, head);
    one("of-image").replaceChildren(element("caption", {}, "Figures of this image"), heads, body);
    one("of-image").hidden = !told.length;
  };

  // Pointers: one drags the slider or, zoomed in, the picture; two zoom.

  const pointers = new Map();
  let dragged = "";

  const within = (event) => {
    const pane = one("mode").value === "beside" && event.clientX < panes.right.getBoundingClientRect().left ? panes.left : panes.right;
    const box = pane.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width };
  };

  const splitAt = (event) => {
    const at = within(event);
    state.split = Math.min(100, Math.max(0, (100 * at.x) / at.width));
    place();
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pointers.set(event.pointerId, event);
    stage.setPointerCapture(event.pointerId);
    const slides = one("mode").value === "slider" && (state.zoom === 1 || event.target === one("handle"));
    dragged = slides ? "split" : "picture";
    if (slides) splitAt(event);
  });

  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    if (pointers.size === 2) {
      const other = [...pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
      const apart = (pointer) => Math.hypot(pointer.clientX - other.clientX, pointer.clientY - other.clientY);
      zoomTo((state.zoom * apart(event)) / Math.max(1, apart(before)), within(event));
    } else if (dragged === "split") {
      splitAt(event);
    } else {
      state.x += event.clientX - before.clientX;
      state.y += event.clientY - before.clientY;
      place();
    }
    pointers.set(event.pointerId, event);
  });

  for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => pointers.delete(event.pointerId));
  stage.addEventListener("dblclick", (event) => zoomTo(state.zoom < 8 ? 2 * state.zoom : 1, within(event)));
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomTo(state.zoom * Math.exp(-event.deltaY / 300), within(event));
    },
    { passive: false },
  );

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow && state.zoom > 1) {
      state.x -= 40 * arrow[0];
      state.y -= 40 * arrow[1];
    } else if (arrow && arrow[0]) {
      state.split = Math.min(100, Math.max(0, state.split + 2 * arrow[0]));
    } else if (event.key === "+" || event.key === "=") {
      zoomTo(1.5 * state.zoom);
    } else if (event.key === "-") {
      zoomTo(state.zoom / 1.5);
    } else if (event.key === "0") {
      zoomTo(1);
    } else if (event.key === "n" || event.key === "p") {
      step(event.key === "n" ? 1 : -1);
    } else {
      return;
    }
    event.preventDefault();
    place();
  });

  // What can be chosen.

  const best = data.rows.length > 2 ? data.rows.length - 2 : data.rows.length - 1;
  const rows = data.rows.map((name, row) => [row, name]);
  const sets = data.sets.map((set, place) => [place, set.name]).filter(([place]) => data.images.some((image) => image.set === place));
  fill(one("of-set"), sets);
  fill(one("by-metric"), [[-1, "name"], ...data.metrics.map((metric, place) => [place, headOf(metric)])]);
  fill(one("of-row"), rows, best);
  fill(one("left-row"), rows, 0);
  fill(one("right-row"), rows, best);
  [state.left, state.right] = [0, best];

  data.tasks.forEach((name, task) => {
    if (!data.images.some((image) => image.marks[task])) return;
    data.kinds.forEach((kind, place) => {
      const label = element("label", { class: `kind ${kind}`, "data-task": String(task) });
      const box = element("input", { type: "checkbox", value: `${task}/${place}` });
      label.append(box, ` ${data.tasks.length > 1 ? `${name}: ` : ""}${kind}`);
      one("boxes").append(label);
    });
  });

  const orders = () => {
    const place = Number(one("by-metric").value);
    for (const id of ["of-row", "by-how"]) one(id).disabled = place < 0 && id === "by-how";
    list();
  };

  for (const id of ["of-set", "by-metric", "of-row", "by-how"]) one(id).addEventListener("change", orders);
  one("by-name").addEventListener("input", list);
  one("of-set").addEventListener("change", () => state.listed.length && show(state.listed[0]));
  for (const id of ["mode", "layer", "large"]) one(id).addEventListener("change", draw);
  one("boxes").addEventListener("change", draw);
  one("amplify").addEventListener("input", place);
  one("split").addEventListener("input", () => {
    state.split = Number(one("split").value);
    place();
  });
  for (const side of ["left", "right"]) {
    one(`${side}-row`).addEventListener("change", () => {
      state[side] = Number(one(`${side}-row`).value);
      draw();
    });
  }
  one("next").addEventListener("click", () => step(1));
  one("previous").addEventListener("click", () => step(-1));
  one("closer").addEventListener("click", () => zoomTo(1.5 * state.zoom));
  one("farther").addEventListener("click", () => zoomTo(state.zoom / 1.5));
  one("whole").addEventListener("click", () => zoomTo(1));
  window.addEventListener("resize", draw);

  // Links of the page to an image: the rainy input and a restoration of it.
  for (const link of document.querySelectorAll("a[data-image]")) {
    link.addEventListener("click", () => {
      const { set, image, row } = link.dataset;
      const wanted = data.images.find((other) => other.set === Number(set) && other.name === image);
      one("of-set").value = set;
      one("by-name").value = "";
      [state.left, state.right] = [lower(wanted) ?? 0, Number(row)];
      one("left-row").value = String(state.left);
      one("right-row").value = row;
      list();
      show(wanted, true);
    });
  }

  one("browser").hidden = false;
  orders();
  if (state.listed.length) show(state.listed[0]);
})();
